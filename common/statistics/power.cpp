#include "common/statistics/power.h"

#include <algorithm>
#include <cmath>

#include "common/base/error.h"
#include "common/statistics/distributions.h"

namespace changeling {

double minimum_detectable_difference(double standard_error) {
  static const double kFactor = normal_quantile(0.975) + normal_quantile(0.8);
  return kFactor * standard_error;
}

std::int64_t clusters_to_detect(double difference, double standard_error, std::int64_t n_clusters) {
  CHANGELING_REQUIRE(difference > 0 && n_clusters > 0, "a difference and clusters are positive");
  const double ratio = minimum_detectable_difference(standard_error) / difference;
  const double needed = std::ceil(static_cast<double>(n_clusters) * ratio * ratio);
  return static_cast<std::int64_t>(std::clamp(needed, 2.0, 1e15));
}

}  // namespace changeling

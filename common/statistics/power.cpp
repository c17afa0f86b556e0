#include "common/statistics/power.h"

#include <algorithm>
#include <cmath>

#include "common/base/error.h"
#include "common/statistics/distributions.h"

namespace changeling {

namespace {

/// Standard errors over n - 1 between nothing and a difference that is found in four of five tries.
double errors_to_detect(double n_clusters) {
  return student_t_quantile(0.975, n_clusters - 1) + student_t_quantile(0.8, n_clusters - 1);
}

}  // namespace

double minimum_detectable_difference(double standard_error, std::int64_t n_clusters) {
  CHANGELING_REQUIRE(n_clusters >= 2, "a spread needs two clusters");
  const auto n = static_cast<double>(n_clusters);
  return errors_to_detect(n) * std::sqrt(n / (n - 1)) * standard_error;
}

std::int64_t clusters_to_detect(double difference, double standard_error, std::int64_t n_clusters) {
  CHANGELING_REQUIRE(difference > 0 && n_clusters >= 2,
                     "a difference is positive, and a spread needs two clusters");
  const auto n = static_cast<double>(n_clusters);
  const double spread = standard_error * n / std::sqrt(n - 1);  // of one cluster
  const auto detectable = [&](std::int64_t clusters) {
    const auto m = static_cast<double>(clusters);
    return errors_to_detect(m) * spread / std::sqrt(m);
  };
  // With as many clusters as would do were their spread known; then a few more.
  const double normal = normal_quantile(0.975) + normal_quantile(0.8);
  const double least = std::ceil(std::pow(normal * spread / difference, 2));
  auto needed = static_cast<std::int64_t>(std::clamp(least, 2.0, 1e15));
  while (needed < 1'000'000 && detectable(needed) > difference) {
    ++needed;
  }
  return needed;
}

}  // namespace changeling

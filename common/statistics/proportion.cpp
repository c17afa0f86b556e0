#include "common/statistics/proportion.h"

#include <algorithm>
#include <cmath>

#include "common/base/error.h"
#include "common/statistics/distributions.h"

namespace changeling {

Interval wilson_interval(std::int64_t successes, std::int64_t n) {
  CHANGELING_REQUIRE(n > 0 && successes >= 0 && successes <= n, "0 <= successes <= n, n > 0");
  const double z = normal_quantile(0.975);
  const auto count = static_cast<double>(n);
  const double share = static_cast<double>(successes) / count;
  const double scale = 1 + z * z / count;
  const double center = (share + z * z / (2 * count)) / scale;
  const double half =
      z / scale * std::sqrt(share * (1 - share) / count + z * z / (4 * count * count));
  return {successes == 0 ? 0.0 : std::max(0.0, center - half),
          successes == n ? 1.0 : std::min(1.0, center + half)};
}

}  // namespace changeling

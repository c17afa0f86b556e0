#include "common/statistics/proportion.h"

#include <algorithm>
#include <cmath>

#include "common/base/error.h"

namespace changeling {

double normal_quantile(double probability) {
  CHANGELING_REQUIRE(probability > 0 && probability < 1, "a probability lies in (0, 1)");
  // Bisection of the distribution function: 100 halvings of [-40, 40] reach the last bit and need
  // no table.
  double low = -40;
  double high = 40;
  for (int step = 0; step < 100; ++step) {
    const double middle = low + (high - low) / 2;
    const double below = 0.5 * std::erfc(-middle / std::sqrt(2.0));
    (below < probability ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

Interval wilson_interval(std::int64_t successes, std::int64_t n, double confidence) {
  CHANGELING_REQUIRE(n > 0 && successes >= 0 && successes <= n, "0 <= successes <= n, n > 0");
  const double z = normal_quantile(0.5 + confidence / 2);
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

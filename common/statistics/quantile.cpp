#include "common/statistics/quantile.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/base/error.h"

namespace changeling {

double mean(std::vector<double> values) {
  CHANGELING_REQUIRE(!values.empty(), "the mean of no values is undefined");
  std::sort(values.begin(), values.end());
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(const std::vector<double>& values) {
  CHANGELING_REQUIRE(values.size() >= 2, "a spread needs two values");
  const double center = mean(values);
  double squares = 0;
  for (const double value : values) {
    squares += (value - center) * (value - center);
  }
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double quantile_of_sorted(const std::vector<double>& sorted, double probability) {
  CHANGELING_REQUIRE(!sorted.empty(), "a quantile of no values is undefined");
  CHANGELING_REQUIRE(probability >= 0 && probability <= 1, "a probability lies in [0, 1]");
  const double position = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(position));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double fraction = position - static_cast<double>(below);
  return sorted[below] + fraction * (sorted[above] - sorted[below]);
}

}  // namespace changeling

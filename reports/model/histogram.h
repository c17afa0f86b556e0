// reports/model/histogram.h: how values are spread. Layer 2.
#pragma once

#include <cstdint>
#include <vector>

namespace changeling {

/// Equal bins over [low, high]; the last one includes `high`.
struct Histogram {
  double low = 0;
  double high = 0;
  std::vector<std::int64_t> counts;
};

/// Quantiles of a set of clips; all zero for none.
struct Spread {
  double min = 0, p05 = 0, p50 = 0, p95 = 0, max = 0;
};

/// About sqrt(n) bins, 5 to 30. Values of one size get one bin around them. Needs sorted, finite
/// values; none give an empty histogram.
[[nodiscard]] Histogram make_histogram(const std::vector<double>& sorted);

[[nodiscard]] Spread make_spread(const std::vector<double>& sorted);

}  // namespace changeling

#include "reports/model/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "common/statistics/quantile.h"

namespace changeling {

Histogram make_histogram(const std::vector<double>& sorted) {
  Histogram histogram;
  if (sorted.empty()) {
    return histogram;
  }
  histogram.low = sorted.front();
  histogram.high = sorted.back();
  const double width = histogram.high - histogram.low;
  if (!(width > 0)) {
    const double margin = std::max(1e-6, std::abs(histogram.low) * 0.05);
    return {histogram.low - margin,
            histogram.high + margin,
            {static_cast<std::int64_t>(sorted.size())}};
  }
  const double root = std::sqrt(static_cast<double>(sorted.size()));
  const auto bins = static_cast<std::size_t>(std::clamp(std::ceil(root), 5.0, 30.0));
  histogram.counts.assign(bins, 0);
  for (const double value : sorted) {
    const double place = (value - histogram.low) / width * static_cast<double>(bins);
    ++histogram.counts[std::min(static_cast<std::size_t>(place), bins - 1)];
  }
  return histogram;
}

Spread make_spread(const std::vector<double>& sorted) {
  if (sorted.empty()) {
    return {};
  }
  return {sorted.front(), quantile_of_sorted(sorted, 0.05), quantile_of_sorted(sorted, 0.5),
          quantile_of_sorted(sorted, 0.95), sorted.back()};
}

}  // namespace changeling

// common/statistics/quantile.h: mean, spread and quantiles of plain numbers. Layer 1, standard
// library only.
#pragma once

#include <vector>

namespace changeling {

/// Arithmetic mean, summed in ascending order of the values, so that the order of `values` does not
/// change a bit of the result. Throws Error(kInternal) for an empty vector.
[[nodiscard]] double mean(std::vector<double> values);

/// Sample standard deviation (n - 1). Throws Error(kInternal) for fewer than two values.
[[nodiscard]] double standard_deviation(const std::vector<double>& values);

/// Quantile by linear interpolation between order statistics (Hyndman and Fan 1996, type 7).
/// `sorted` ascends and is not empty; `probability` in [0, 1]. Throws Error(kInternal) otherwise.
[[nodiscard]] double quantile_of_sorted(const std::vector<double>& sorted, double probability);

}  // namespace changeling

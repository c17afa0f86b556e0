// common/statistics/holm.h: several tests at one error rate. Layer 1, standard library only.
#pragma once

#include <vector>

namespace changeling {

/// P values adjusted by Holm's step-down method (Holm 1979): rejecting those below alpha keeps the
/// chance of any false rejection at or below alpha, whatever the dependence. Order is kept.
[[nodiscard]] std::vector<double> holm_adjust(const std::vector<double>& p_values);

}  // namespace changeling

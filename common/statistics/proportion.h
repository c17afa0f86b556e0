// common/statistics/proportion.h: intervals of proportions. Layer 1.
#pragma once

#include <cstdint>

#include "common/statistics/interval.h"

namespace changeling {

/// 95 % Wilson score interval of successes / n (Wilson 1927), inside [0, 1] also at 0 and n
/// successes. Needs n > 0 and 0 <= successes <= n.
[[nodiscard]] Interval wilson_interval(std::int64_t successes, std::int64_t n);

}  // namespace changeling

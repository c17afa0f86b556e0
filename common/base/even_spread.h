// common/base/even_spread.h: which of many things to take when only some are wanted. Layer 0.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace changeling {

/// Indices in [0, n), ascending: the middles of count = min(n, wanted) equal stretches,
/// floor((i + 0.5) n / count) in whole numbers. None when `wanted` is not positive.
[[nodiscard]] inline std::vector<std::int64_t> even_spread(std::int64_t n, std::int64_t wanted) {
  const std::int64_t count = std::min(n, wanted);
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < count; ++i) {
    indices.push_back((2 * i + 1) * n / (2 * count));
  }
  return indices;
}

}  // namespace changeling

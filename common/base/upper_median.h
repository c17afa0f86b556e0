// common/base/upper_median.h: the middle of some values. Layer 0.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace changeling {

/// The middle value, of an even number the upper one of the two in the middle; `fallback` of none.
template <typename T>
[[nodiscard]] T upper_median(std::vector<T> values, T fallback = T()) {
  if (values.empty()) {
    return fallback;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace changeling

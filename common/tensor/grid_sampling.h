// common/tensor/grid_sampling.h: the numbers that at::grid_sampler takes for its modes. Layer 1.
#pragma once

#include <cstdint>

namespace changeling::grid_sampling {

inline constexpr std::int64_t kBilinear = 0;
inline constexpr std::int64_t kNearest = 1;
inline constexpr std::int64_t kBicubic = 2;

inline constexpr std::int64_t kZeros = 0;   ///< outside the image
inline constexpr std::int64_t kBorder = 1;  ///< the border's value outside

}  // namespace changeling::grid_sampling

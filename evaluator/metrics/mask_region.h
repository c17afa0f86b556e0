// evaluator/metrics/mask_region.h: the part of a frame that a swap must leave alone. Layer 4, Torch
// only.
#pragma once

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"

namespace changeling {

/// How far background metrics stay away from the swapped pixels.
inline constexpr int kBackgroundMarginPx = 8;

/// uint8 (H,W), 1 where alpha > 0 lies at most `margin_px` rows and columns away, else 0:
/// dilation with a square of side 2 margin_px + 1.
[[nodiscard]] at::Tensor dilated_swap_area(const Frame& alpha, int margin_px = kBackgroundMarginPx);

/// Largest value of (H,W) in every window of `height` x `width` that lies wholly inside:
/// (H-height+1, W-width+1).
[[nodiscard]] at::Tensor sliding_maximum(const at::Tensor& plane, int height, int width);

}  // namespace changeling

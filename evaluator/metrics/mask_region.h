// evaluator/metrics/mask_region.h: the parts of a frame that metrics look at: what a swap must
// leave alone, the seam, the inside. Layer 4, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"

namespace changeling {

/// How far background metrics stay away from the swapped pixels.
inline constexpr int kBackgroundMarginPx = 8;

/// How `params_json` names the three regions below.
inline constexpr const char* kOutsideText = "alpha > 0 dilated 8 px, square";
inline constexpr const char* kRingText =
    "alpha > 0 dilated 8 px but not alpha > 0 eroded 8 px, squares";
inline constexpr const char* kInsideText = "alpha > 0.5";

/// uint8 (H,W), 1 where alpha > 0 lies at most `margin_px` rows and columns away, else 0:
/// dilation with a square of side 2 margin_px + 1.
[[nodiscard]] at::Tensor dilated_swap_area(const Frame& alpha, int margin_px = kBackgroundMarginPx);

/// uint8 (H,W), 1 on the seam's ring: alpha > 0 dilated by `margin_px`, which is `swap_area`, minus
/// alpha > 0 eroded by it, squares as above. Beyond the frame's border the mask counts as going on:
/// no seam runs there.
[[nodiscard]] at::Tensor seam_ring(const at::Tensor& swap_area, const Frame& alpha,
                                   int margin_px = kBackgroundMarginPx);

/// uint8 (H,W), 1 where the swapped pixel outweighs the target's: alpha > 0.5 (128 and more).
[[nodiscard]] at::Tensor swap_interior(const Frame& alpha);

/// Largest value of (H,W) in every window of `height` x `width` that lies wholly inside:
/// (H-height+1, W-width+1).
[[nodiscard]] at::Tensor sliding_maximum(const at::Tensor& plane, int height, int width);

}  // namespace changeling

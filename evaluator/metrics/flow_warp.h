// evaluator/metrics/flow_warp.h: pictures moved along optical flow, and where that can be trusted.
// Layer 4, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

namespace changeling {

/// float64 (H,W): squared difference, summed over channels in 0..1, of a picture and the next one
/// warped onto it: of before(p) and after(p + flow(p)), bilinear, beyond the border the border's
/// value. Pictures are uint8 (H,W,3), flows (H,W,2) in px. Whole-pixel flows copy exactly.
[[nodiscard]] at::Tensor warp_error(const at::Tensor& before, const at::Tensor& after,
                                    const at::Tensor& flow);

/// uint8 (H,W): 1 where pixel p of the first picture is also seen in the second and moves like its
/// neighbours. 0 where n(b_w + f) > .01 (n(b_w) + n(f)) + .5 (occlusion) or n(grad f) > .01 n(f) +
/// .002 (motion border), with f = forward, b_w = backward warped by f, n = squared norm (Ruder et
/// al. 2016, eq. 5 and 6, seen from the first picture).
[[nodiscard]] at::Tensor trusted_motion(const at::Tensor& forward, const at::Tensor& backward);

}  // namespace changeling

// evaluator/metrics/flow_warp.h: pictures moved along optical flow, and where that can be trusted.
// Layer 4, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

namespace changeling {

/// out(c,p) = planes(c, p + flow(p)), bilinear, beyond the border the border's value: float64
/// (C,H,W) from (C,H,W) and a flow (H,W,2) in px. Whole-pixel flows copy exactly.
[[nodiscard]] at::Tensor warped(const at::Tensor& planes, const at::Tensor& flow);

/// uint8 (H,W): 1 where pixel p of the first picture is also seen in the second and moves like its
/// neighbours. 0 where n(b_w + f) > .01 (n(b_w) + n(f)) + .5 (occlusion) or n(grad f) > .01 n(f) +
/// .002 (motion border), with f = forward, b_w = backward warped by f, n = squared norm (Ruder et
/// al. 2016, eq. 5 and 6, seen from the first picture).
[[nodiscard]] at::Tensor trusted_motion(const at::Tensor& forward, const at::Tensor& backward);

}  // namespace changeling

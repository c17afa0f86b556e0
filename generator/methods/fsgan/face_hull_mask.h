// generator/methods/fsgan/face_hull_mask.h: face masks from landmarks alone, for runs without a
// segmentation network. Layer 5, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

namespace changeling {

/// 1 inside the convex hull of jaw, brows and the forehead that the average face adds, else 0.
/// In: float32 (N,L,2) in [0,1] of the crop, may lie outside, L = 68 or 98. Out: float32
/// (N,1,S,S) on the device of `landmarks`. Throws Error(kConfig) for another L, Error(kInternal)
/// for values that are not finite.
[[nodiscard]] at::Tensor face_hull_mask(const at::Tensor& landmarks, int size_px);

/// `mask` (N,1,S,S) with the polygon of the inner lips cleared: teeth and tongue stay the target's.
[[nodiscard]] at::Tensor clear_inner_mouth(const at::Tensor& mask, const at::Tensor& landmarks);

}  // namespace changeling

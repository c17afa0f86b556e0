// common/tensor/image_ops.h: crops and resizes on tensors. Layer 1, Torch only.
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"
#include "common/base/geometry.h"

namespace changeling {

/// Bilinear crop: output pixel centre (x+.5, y+.5) samples frame point transform.to_frame(x+.5,
/// y+.5), borders replicated. Returns float32 (3,size,size) in 0..255, not rounded; a grey frame
/// gives three equal channels.
[[nodiscard]] at::Tensor crop(const Frame& frame, const CropTransform& transform, int size_px);

/// Whole frame resized to width x height without keeping the aspect: bilinear, half-pixel centres,
/// no antialiasing (cv::INTER_LINEAR). Returns float32 (3,height,width) in 0..255.
[[nodiscard]] at::Tensor resize_frame(const Frame& frame, int width_px, int height_px);

/// Luma of float (..3,H,W): .299 R + .587 G + .114 B, keeps the channel dimension as 1.
[[nodiscard]] at::Tensor to_gray(const at::Tensor& rgb);

/// float32 (N,C,H,W) under a Gaussian of sigma_px > 0, cut off at 3 sigma rounded up, which must be
/// less than H and W; the border is mirrored. A row does not depend on the others. Differentiable.
[[nodiscard]] at::Tensor gaussian_blur(const at::Tensor& images, double sigma_px);

/// Variance of the 3x3 Laplacian (kernel 0 1 0, 1 -4 1, 0 1 0) of the luma of float (3,H,W), over
/// the pixels that have all four neighbours: sharpness. 0 when there is no such pixel.
[[nodiscard]] float laplacian_variance(const at::Tensor& rgb);

}  // namespace changeling

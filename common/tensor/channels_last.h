// common/tensor/channels_last.h: what stands between the convolutions of a network, on
// channels-last CPU tensors in float32 or bfloat16, one pass over memory each. LibTorch 1.13 pads
// this layout by reflection in more time than a 3x3 convolution takes, and bfloat16 not at all.
// Layer 1, Torch only.
//
// Results do not depend on the number of threads nor on the rest of the batch. All functions throw
// Error(kInternal) for tensors of another kind: not (N,C,H,W), not channels-last, not on the CPU.
#pragma once

#include <ATen/core/Tensor.h>

#include "common/tensor/row_kernels.h"

namespace changeling {

/// How the output of a convolution becomes the input of the next.
struct LayerEnd {
  Join join = Join::kCopy;
  at::Tensor bias;   ///< float32 (C), added first; undefined = 0
  at::Tensor other;  ///< as the output without padding, for the joins that add; may be a window
  int pad = 0;       ///< reflected pixels on each side of the output; less than H and W
};

/// x (N,C,H,W) -> (N,C,H+2 pad,W+2 pad), same dtype.
[[nodiscard]] at::Tensor finish_layer(const at::Tensor& x, const LayerEnd& end);

/// The same after: bilinear x2 upsampling (half-pixel centres), reflection padding of 1, and a 3x3
/// convolution, of which only the products are made before, at the small size (see Note [Products
/// first]). products (N,9 C,H,W): channel (3 ky + kx) C + c is kernel element (ky,kx) times the
/// input. Out: (N,C,2H+2 pad,2W+2 pad).
[[nodiscard]] at::Tensor finish_upsampled_layer(const at::Tensor& products, const LayerEnd& end);

/// Bilinear x2 upsampling with aligned corners: (N,C,H,W) -> (N,C,2H,2W), H and W >= 1.
[[nodiscard]] at::Tensor upsample_aligned(const at::Tensor& x);

/// The window of `x` that remains without `pad` pixels on each side. Shares memory.
[[nodiscard]] at::Tensor inside(const at::Tensor& x, int pad);

}  // namespace changeling

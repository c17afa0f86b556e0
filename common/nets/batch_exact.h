// common/nets/batch_exact.h: layers whose result for an image has the same bits whatever else is in
// the batch. Layer 2, Torch only. On CPU, LibTorch may choose another kernel for another batch
// size; these do not.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace changeling {

struct ConvolutionShape {
  std::vector<std::int64_t> stride = {1, 1};
  std::vector<std::int64_t> padding = {0, 0};  ///< same on both sides
  std::vector<std::int64_t> dilation = {1, 1};
  std::int64_t groups = 1;
};

/// 2-D convolution of float (N,C,H,W) with weight (O,C/groups,kh,kw); `bias` (O) may be undefined.
/// Differentiable.
[[nodiscard]] at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight,
                                  const at::Tensor& bias, const ConvolutionShape& shape);

/// input (N,I) times weight (O,I) transposed, plus `bias` (O), which may be undefined.
/// Differentiable.
[[nodiscard]] at::Tensor dense(const at::Tensor& input, const at::Tensor& weight,
                               const at::Tensor& bias);

}  // namespace changeling

// common/tensor/pyramid.h: the multi-scale input of the FSGAN networks. Layer 1, Torch only.
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

namespace changeling {

/// One batch at several sizes, each level float (N,C,R/2^k,R/2^k); levels[0] is the finest.
/// A type of its own, so that a bare tensor is never taken for a one-level pyramid.
struct Pyramid {
  std::vector<at::Tensor> levels;
};

/// `image` (N,C,R,R) and count - 1 halvings, each by average pooling 3x3, stride 2, padding 1, the
/// padding not counted (FSGAN v2). Differentiable; keeps dtype and memory format. Throws
/// Error(kInternal) unless R is divisible by 2^(count-1).
[[nodiscard]] Pyramid make_pyramid(const at::Tensor& image, int count);

}  // namespace changeling

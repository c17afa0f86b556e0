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

/// How a level is halved; in both, coarse pixel i is centred on fine pixel 2i.
enum class Halving {
  kAverage,  ///< average pooling 3x3, stride 2, padding 1, the padding not counted (FSGAN v2)
  kPyrDown,  ///< the Gaussian 1 4 6 4 1 of OpenCV's pyrDown, border mirrored, not rounded to bytes
};

/// `image` (N,C,R,R) and count - 1 halvings. Differentiable; keeps dtype and memory format. Throws
/// Error(kInternal) unless R is divisible by 2^(count-1), and for kPyrDown below 4 pixels.
[[nodiscard]] Pyramid make_pyramid(const at::Tensor& image, int count,
                                   Halving halving = Halving::kAverage);

}  // namespace changeling

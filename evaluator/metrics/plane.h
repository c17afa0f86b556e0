// evaluator/metrics/plane.h: sums over maps of a picture. Layer 4, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

namespace changeling {

/// Sum of (H,W). Rows first: the order of additions does not depend on the number of threads.
[[nodiscard]] double plane_sum(const at::Tensor& plane);

/// (H,W) without its outermost rows and columns: where operators on four neighbours have a value.
[[nodiscard]] at::Tensor inner_pixels(const at::Tensor& plane);

}  // namespace changeling

// evaluator/metrics/plane.h: sums over maps of a picture. Layer 4, Torch only.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace changeling {

/// Sum of (H,W). Rows first: the order of additions does not depend on the number of threads.
[[nodiscard]] double plane_sum(const at::Tensor& plane);

/// Sum of float64 (H,W) over the places where `mask`, uint8 (H,W), is 1. Row by row.
[[nodiscard]] double masked_sum(const at::Tensor& plane, const at::Tensor& mask);

/// How many places of uint8 (H,W) are 1.
[[nodiscard]] std::int64_t count_marked(const at::Tensor& mask);

}  // namespace changeling

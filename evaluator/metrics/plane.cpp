#include "evaluator/metrics/plane.h"

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {

double plane_sum(const at::Tensor& plane) {
  return plane.sum(1).sum().item<double>();
}

double masked_sum(const at::Tensor& plane, const at::Tensor& mask) {
  CHANGELING_REQUIRE(plane.dim() == 2 && plane.sizes() == mask.sizes(),
                     "a mask has the size of its plane");
  CHANGELING_REQUIRE(plane.stride(1) == 1 && mask.stride(1) == 1, "rows must be contiguous");
  double sum = 0;
  for (std::int64_t row = 0; row < plane.size(0); ++row) {
    const double* values = plane.data_ptr<double>() + row * plane.stride(0);
    const std::uint8_t* marks = mask.data_ptr<std::uint8_t>() + row * mask.stride(0);
    double of_row = 0;
    for (std::int64_t column = 0; column < plane.size(1); ++column) {
      of_row += values[column] * marks[column];
    }
    sum += of_row;
  }
  return sum;
}

std::int64_t count_marked(const at::Tensor& mask) {
  return mask.sum(at::kLong).item<std::int64_t>();
}

}  // namespace changeling

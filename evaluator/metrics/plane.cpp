#include "evaluator/metrics/plane.h"

#include <ATen/ATen.h>

namespace changeling {

double plane_sum(const at::Tensor& plane) {
  return plane.sum(1).sum().item<double>();
}

at::Tensor inner_pixels(const at::Tensor& plane) {
  return plane.slice(0, 1, plane.size(0) - 1).slice(1, 1, plane.size(1) - 1);
}

}  // namespace changeling

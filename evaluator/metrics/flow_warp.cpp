#include "evaluator/metrics/flow_warp.h"

#include <cstdint>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

at::Tensor squared_norm(const at::Tensor& vectors) {
  return (vectors * vectors).sum(0);
}

/// Sum of the squared forward differences along one dimension, 0 at the end: (H,W) of (2,H,W).
at::Tensor squared_difference(const at::Tensor& planes, std::int64_t dim) {
  const std::int64_t length = planes.size(dim);
  const at::Tensor last = planes.slice(dim, length - 1, length);
  const at::Tensor next = at::cat({planes.slice(dim, 1, length), last}, dim);
  return squared_norm(next - planes);
}

}  // namespace

at::Tensor warped(const at::Tensor& planes, const at::Tensor& flow) {
  CHANGELING_REQUIRE(planes.dim() == 3 && flow.dim() == 3 && flow.size(2) == 2 &&
                         flow.size(0) == planes.size(1) && flow.size(1) == planes.size(2),
                     "a flow (H,W,2) moves planes (C,H,W)");
  const std::int64_t height = planes.size(1);
  const std::int64_t width = planes.size(2);
  const at::Tensor columns = at::arange(width, at::kDouble).unsqueeze(0);
  const at::Tensor rows = at::arange(height, at::kDouble).unsqueeze(1);
  const at::Tensor x = (columns + flow.select(2, 0)).clamp(0, static_cast<double>(width - 1));
  const at::Tensor y = (rows + flow.select(2, 1)).clamp(0, static_cast<double>(height - 1));
  const at::Tensor x0 = x.floor();
  const at::Tensor y0 = y.floor();
  const at::Tensor right = x - x0;  // weights of the neighbours to the right and below
  const at::Tensor below = y - y0;
  const at::Tensor x1 = (x0 + 1).clamp_max(static_cast<double>(width - 1));
  const at::Tensor y1 = (y0 + 1).clamp_max(static_cast<double>(height - 1));
  const at::Tensor flat = planes.to(at::kDouble).reshape({planes.size(0), height * width});
  const auto pick = [&](const at::Tensor& column, const at::Tensor& row) {
    const at::Tensor index = (row * static_cast<double>(width) + column).to(at::kLong).reshape(-1);
    return flat.index_select(1, index).reshape({planes.size(0), height, width});
  };
  return (pick(x0, y0) * (1 - right) + pick(x1, y0) * right) * (1 - below) +
         (pick(x0, y1) * (1 - right) + pick(x1, y1) * right) * below;
}

at::Tensor trusted_motion(const at::Tensor& forward, const at::Tensor& backward) {
  const at::Tensor f = forward.to(at::kDouble).permute({2, 0, 1});
  const at::Tensor b = warped(backward.permute({2, 0, 1}), forward);
  const at::Tensor is_occluded =
      squared_norm(b + f).gt(0.01 * (squared_norm(b) + squared_norm(f)) + 0.5);
  const at::Tensor is_border =
      (squared_difference(f, 1) + squared_difference(f, 2)).gt(0.01 * squared_norm(f) + 0.002);
  return at::logical_or(is_occluded, is_border).logical_not().to(at::kByte);
}

}  // namespace changeling

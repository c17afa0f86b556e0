#include "evaluator/metrics/mask_region.h"

#include <algorithm>
#include <cstdint>

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"

namespace changeling {
namespace {

/// One dimension by doubling: a maximum over 2n neighbours is that of two maxima over n.
at::Tensor sliding_maximum_along(at::Tensor plane, std::int64_t dim, std::int64_t window) {
  for (std::int64_t covered = 1; covered < window;) {
    const std::int64_t step = std::min(covered, window - covered);
    const std::int64_t length = plane.size(dim) - step;
    plane = at::maximum(plane.slice(dim, 0, length), plane.slice(dim, step, step + length));
    covered += step;
  }
  return plane;
}

at::Tensor dilated(const at::Tensor& area, int margin_px) {
  const at::Tensor padded =
      at::constant_pad_nd(area.to(at::kByte), {margin_px, margin_px, margin_px, margin_px}, 0);
  return sliding_maximum(padded, 2 * margin_px + 1, 2 * margin_px + 1);
}

}  // namespace

at::Tensor sliding_maximum(const at::Tensor& plane, int height, int width) {
  return sliding_maximum_along(sliding_maximum_along(plane, 1, width), 0, height);
}

at::Tensor dilated_swap_area(const Frame& alpha, int margin_px) {
  return dilated(to_tensor(alpha).gt(0), margin_px);
}

at::Tensor seam_ring(const at::Tensor& swap_area, const Frame& alpha, int margin_px) {
  // Near an untouched pixel = not eroded; both dilations see nothing beyond the border.
  return swap_area * dilated(to_tensor(alpha).eq(0), margin_px);
}

at::Tensor swap_interior(const Frame& alpha) {
  return to_tensor(alpha).ge(128).to(at::kByte);
}

}  // namespace changeling

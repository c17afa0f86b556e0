#include "evaluator/metrics/mask_region.h"

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"

namespace changeling {

at::Tensor sliding_maximum(const at::Tensor& plane, int height, int width) {
  const at::Tensor rows = at::max_pool2d(plane.unsqueeze(0).unsqueeze(0), {1, width}, {1, 1});
  return at::max_pool2d(rows, {height, 1}, {1, 1}).squeeze(0).squeeze(0);
}

at::Tensor dilated_swap_area(const Frame& alpha, int margin_px) {
  const at::Tensor touched = to_tensor(alpha).gt(0).to(at::kFloat);
  const at::Tensor padded =
      at::constant_pad_nd(touched, {margin_px, margin_px, margin_px, margin_px}, 0);
  return sliding_maximum(padded, 2 * margin_px + 1, 2 * margin_px + 1);
}

}  // namespace changeling

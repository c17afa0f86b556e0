#include "evaluator/metrics/frame_maps.h"

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"
#include "common/tensor/ssim.h"
#include "evaluator/metrics/mask_region.h"

namespace changeling {

at::Tensor fake_luma(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::luma_fake, [&] { return luma(to_tensor(*frame.fake)); });
}

at::Tensor target_luma(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::luma_target, [&] { return luma(to_tensor(*frame.target)); });
}

at::Tensor control_luma(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::luma_control,
                    [&] { return luma(to_tensor(*frame.control)); });
}

at::Tensor touched_area(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::touched, [&] { return dilated_swap_area(*frame.alpha); });
}

at::Tensor ring_area(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::ring,
                    [&] { return seam_ring(touched_area(frame), *frame.alpha); });
}

at::Tensor inside_area(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::inside, [&] { return swap_interior(*frame.alpha); });
}

}  // namespace changeling

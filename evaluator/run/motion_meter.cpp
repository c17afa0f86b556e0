#include "evaluator/run/motion_meter.h"

#include <array>
#include <cstdint>

#include <ATen/ATen.h>

#include "common/flow/dense_flow.h"
#include "common/tensor/frame_tensor.h"

namespace changeling {
namespace {

constexpr std::int64_t kMultiple = 8;

/// The centre of a picture or mask, sides cut to multiples of 8.
Frame cropped(const Frame& frame) {
  const at::Tensor pixels = to_tensor(frame);
  const std::int64_t height = pixels.size(0) / kMultiple * kMultiple;
  const std::int64_t width = pixels.size(1) / kMultiple * kMultiple;
  if (height == pixels.size(0) && width == pixels.size(1)) {
    return frame;
  }
  return to_frame(pixels.narrow(0, (pixels.size(0) - height) / 2, height)
                      .narrow(1, (pixels.size(1) - width) / 2, width)
                      .contiguous());
}

bool can_be_compared(const FramePictures& before, const FramePictures& after) {
  const std::array<const std::optional<Frame>*, 5> all = {&before.fake, &after.fake, &before.target,
                                                          &after.target, &before.alpha};
  for (const std::optional<Frame>* frame : all) {
    const bool fits = *frame && (*frame)->width_px() == (*all[0])->width_px() &&
                      (*frame)->height_px() == (*all[0])->height_px();
    if (!fits || (*frame)->width_px() < kMultiple || (*frame)->height_px() < kMultiple) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<MotionStep> measure_motion(const FramePictures& before, const FramePictures& after) {
  if (!can_be_compared(before, after)) {
    return std::nullopt;
  }
  const Frame fake_before = cropped(*before.fake);
  const Frame fake_after = cropped(*after.fake);
  const Frame target_before = cropped(*before.target);
  const Frame target_after = cropped(*after.target);
  MotionStep step;
  // Cloned: the tensors outlive the frames whose pixels they would share.
  step.fake_before = to_tensor(fake_before).clone();
  step.fake_after = to_tensor(fake_after).clone();
  step.target_before = to_tensor(target_before).clone();
  step.target_after = to_tensor(target_after).clone();
  step.alpha_before = to_tensor(cropped(*before.alpha)).clone();
  step.target_forward = dense_flow(target_before, target_after);
  step.target_backward = dense_flow(target_after, target_before);
  step.fake_forward = dense_flow(fake_before, fake_after);
  return step;
}

}  // namespace changeling

#include "evaluator/run/motion_meter.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include <ATen/ATen.h>

#include "common/flow/dense_flow.h"
#include "common/tensor/frame_tensor.h"

namespace changeling {
namespace {

constexpr std::int64_t kMultiple = 8;
constexpr std::size_t kMostBytes = std::size_t{256} << 20;

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

std::optional<MotionStep> MotionMeter::measure(const PersonClip& target, std::int64_t frame,
                                               const FramePictures& before,
                                               const FramePictures& after) {
  if (!can_be_compared(before, after)) {
    return std::nullopt;
  }
  const Frame fake_before = cropped(*before.fake);
  const Frame fake_after = cropped(*after.fake);
  const Frame target_before = cropped(*before.target);
  const Frame target_after = cropped(*after.target);
  const TargetFlow& flow = target_flow(target, frame, target_before, target_after);
  MotionStep step;
  // Cloned: the tensors outlive the frames whose pixels they would share.
  step.fake_before = to_tensor(fake_before).clone();
  step.fake_after = to_tensor(fake_after).clone();
  step.target_before = to_tensor(target_before).clone();
  step.target_after = to_tensor(target_after).clone();
  step.alpha_before = to_tensor(cropped(*before.alpha)).clone();
  step.target_forward = flow.forward;
  step.target_backward = flow.backward;
  step.fake_forward = dense_flow(fake_before, fake_after);
  return step;
}

const MotionMeter::TargetFlow& MotionMeter::target_flow(const PersonClip& target,
                                                        std::int64_t frame, const Frame& before,
                                                        const Frame& after) {
  const std::pair key(target.media_id, target.first_frame);
  const std::size_t bytes = 2 * before.size_bytes() / 3 * 2 * sizeof(float);  // two flows of a step
  if (key != target_ || (flows_.size() + 1) * bytes > kMostBytes) {
    flows_.clear();
    target_ = key;
  }
  const auto known = flows_.find(frame);
  if (known != flows_.end()) {
    return known->second;
  }
  const TargetFlow flow{dense_flow(before, after), dense_flow(after, before)};
  return flows_.emplace(frame, flow).first->second;
}

}  // namespace changeling

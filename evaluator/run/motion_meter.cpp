#include "evaluator/run/motion_meter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <vector>

#include <ATen/ATen.h>

#include "common/face/face_box.h"
#include "common/flow/dense_flow.h"
#include "common/flow/shrink.h"
#include "common/tensor/frame_tensor.h"

namespace changeling {
namespace {

constexpr std::int64_t kMultiple = 8;

/// Of the frame, or of the one nearest to it, the earlier of two; nullptr for a track without any.
const FaceObservation* nearest_face(const FaceTrack& track, std::int64_t frame) {
  const std::vector<FaceObservation>& all = track.observations;
  const auto distance = [&](const FaceObservation& face) {
    return std::abs(face.frame_index - frame);
  };
  const auto nearest = std::min_element(
      all.begin(), all.end(), [&](const FaceObservation& one, const FaceObservation& other) {
        return distance(one) < distance(other);
      });
  return nearest == all.end() ? nullptr : &*nearest;
}

/// The part of such a picture that steps show; all of it where no face is seen.
FrameWindow step_window(const PersonClip& target, std::int64_t frame, const Frame& picture) {
  const FrameWindow all = {0, 0, picture.width_px(), picture.height_px()};
  const FaceObservation* face = nearest_face(target.track, target.first_frame + frame);
  if (face == nullptr) {
    return all;
  }
  const BBox box = face_box(face->landmarks);
  const float half = kStepFaceScale * std::max(box.width, box.height) / 2;
  const auto inside = [](float position, int length) {
    return static_cast<int>(std::lround(std::clamp(position, 0.0F, static_cast<float>(length))));
  };
  const int left = inside(box.center().x - half, all.width);
  const int top = inside(box.center().y - half, all.height);
  const FrameWindow square = {left, top, inside(box.center().x + half, all.width) - left,
                              inside(box.center().y + half, all.height) - top};
  return square.width < kMultiple || square.height < kMultiple ? all : square;
}

/// That part of a picture or mask as steps show it (kStepPicturesText).
Frame step_picture(const Frame& whole, const FrameWindow& window) {
  const Frame frame = shrunk(cut_out(whole, window), kStepShorterPx);
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
    if (!fits) {
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
  const FrameWindow window = step_window(target, frame - 1, *before.fake);
  if (window.width < kMultiple || window.height < kMultiple) {
    return std::nullopt;
  }
  const Frame fake_before = step_picture(*before.fake, window);
  const Frame fake_after = step_picture(*after.fake, window);
  const Frame target_before = step_picture(*before.target, window);
  const Frame target_after = step_picture(*after.target, window);
  const TargetFlow& flow = target_flow(target, frame, target_before, target_after);
  MotionStep step;
  // Cloned: the tensors outlive the frames whose pixels they would share.
  step.fake_before = to_tensor(fake_before).clone();
  step.fake_after = to_tensor(fake_after).clone();
  step.target_before = to_tensor(target_before).clone();
  step.target_after = to_tensor(target_after).clone();
  step.alpha_before = to_tensor(step_picture(*before.alpha, window)).clone();
  step.target_forward = flow.forward;
  step.target_backward = flow.backward;
  step.fake_forward = dense_flow(fake_before, fake_after);
  return step;
}

const MotionMeter::TargetFlow& MotionMeter::target_flow(const PersonClip& target,
                                                        std::int64_t frame, const Frame& before,
                                                        const Frame& after) {
  const std::tuple key(target.media_id, target.subject_id, target.first_frame);
  if (key != target_) {
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

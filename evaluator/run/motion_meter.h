// evaluator/run/motion_meter.h: optical flow of a fake and its target, from frame to frame.
// Layer 6.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "common/base/frame.h"
#include "evaluator/metrics/motion_step.h"
#include "evaluator/run/clip_pair.h"

namespace changeling {

/// The decoded pictures of one frame; empty where a stream ends early.
struct FramePictures {
  std::optional<Frame> fake;
  std::optional<Frame> target;
  std::optional<Frame> control;
  std::optional<Frame> alpha;  ///< kGray8
};

/// Measures the steps of clips. One thread.
class MotionMeter {
 public:
  /// The step that ends in `frame` of the fake, as motion_step.h shows it; nullopt when a fake,
  /// target or alpha picture is missing, sizes differ or a side of the picture is below 8 px.
  /// Without any face on the target's track, or with its square beside the picture (less than 8 px
  /// of it inside), the whole picture is shown. Three flows, at most 10 ms
  /// each; those of the target are remembered for the next fake or baseline of the same target.
  [[nodiscard]] std::optional<MotionStep> measure(const PersonClip& target, std::int64_t frame,
                                                  const FramePictures& before,
                                                  const FramePictures& after);

 private:
  struct TargetFlow {
    at::Tensor forward;
    at::Tensor backward;
  };

  const TargetFlow& target_flow(const PersonClip& target, std::int64_t frame, const Frame& before,
                                const Frame& after);

  /// Medium, person and first frame of what is remembered.
  std::tuple<MediaId, SubjectId, std::int64_t> target_;
  std::map<std::int64_t, TargetFlow> flows_;  ///< by frame of the fake
};

}  // namespace changeling

// evaluator/run/motion_meter.h: optical flow of a fake and its target, from frame to frame.
// Layer 6.
#pragma once

#include <optional>

#include "common/base/frame.h"
#include "evaluator/metrics/motion_step.h"

namespace changeling {

/// The decoded pictures of one frame; empty where a stream ends early.
struct FramePictures {
  std::optional<Frame> fake;
  std::optional<Frame> target;
  std::optional<Frame> control;
  std::optional<Frame> alpha;  ///< kGray8
};

/// The step between two neighbouring frames; nullopt when a fake, target or alpha picture is
/// missing, sizes differ or a side is below 8 px. Three flows: about 45 ms at 360x288.
[[nodiscard]] std::optional<MotionStep> measure_motion(const FramePictures& before,
                                                       const FramePictures& after);

}  // namespace changeling

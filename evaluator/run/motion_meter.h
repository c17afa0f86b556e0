// evaluator/run/motion_meter.h: optical flow of a fake and its target, from frame to frame.
// Layer 6.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

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
  /// The step that ends in `frame` of the fake; nullopt when a fake, target or alpha picture is
  /// missing, sizes differ or a side is below 8 px. Three flows, about 20 ms each at 400x300; those
  /// of the target are remembered for the next fake or baseline of the same target, up to 256 MiB.
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

  std::pair<MediaId, std::int64_t> target_;   ///< medium and first frame of what is remembered
  std::map<std::int64_t, TargetFlow> flows_;  ///< by frame of the fake
};

}  // namespace changeling

// evaluator/metrics/motion_step.h: two neighbouring frames and how they move. Layer 4, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

namespace changeling {

/// How `params_json` names the settings of dense_flow().
inline constexpr const char* kFlowText =
    "pyramid .5, 3 levels, window 15, 3 iterations, polynomial 5, sigma 1.2";

/// The step from frame t to frame t + 1. Everything is cropped alike, centred, to a height H and a
/// width W that are multiples of 8. Flows are float32 (H,W,2), x and y in px, as dense_flow() gives
/// them: what is at p in the first picture is at p + flow(p) in the second.
struct MotionStep {
  at::Tensor fake_before;      ///< uint8 (H,W,3), frame t
  at::Tensor fake_after;       ///< frame t + 1
  at::Tensor target_before;    ///< uint8 (H,W,3)
  at::Tensor target_after;     ///< uint8 (H,W,3)
  at::Tensor alpha_before;     ///< uint8 (H,W), of frame t
  at::Tensor target_forward;   ///< target, t to t + 1
  at::Tensor target_backward;  ///< target, t + 1 to t
  at::Tensor fake_forward;     ///< fake, t to t + 1
};

}  // namespace changeling

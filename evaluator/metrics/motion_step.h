// evaluator/metrics/motion_step.h: two neighbouring frames and how they move. Layer 4, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

namespace changeling {

/// How `params_json` names the settings of dense_flow().
inline constexpr const char* kFlowText =
    "pyramid .5, 3 levels, window 15, 3 iterations, polynomial 5, sigma 1.2";

/// Motion is measured around the face, on pictures of one size: what stands still far from it does
/// not thin out what a swap did, px of motion mean the same in clips of all sizes, and a flow costs
/// the same in all of them (docs/decisions/026).
inline constexpr float kStepFaceScale = 2.0F;
inline constexpr int kStepShorterPx = 224;  ///< faces of 112 px, as networks look at them

/// How `params_json` names the pictures of a step.
inline constexpr const char* kStepPicturesText =
    "square of 2.0 times the longer side of the target's face box at the first frame, or at the "
    "nearest one with a face, cut at the frame; shrunk by area to 224 px of the shorter side where "
    "larger; cropped, centred, to multiples of 8";

/// The step from frame t to frame t + 1. All pictures are cut out and shrunk alike
/// (kStepPicturesText), to a height H and a width W. Flows are float32 (H,W,2), x and y in px, as
/// dense_flow() gives them: what is at p in the first picture is at p + flow(p) in the second.
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

// tests/support/landmark_face.h: drawn heads whose 68 landmarks are known exactly, as still
// pictures and as analysed clips, for the swap methods. No network, no codec.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/frame.h"
#include "common/face/face_types.h"
#include "generator/methods/swap_method.h"

namespace changeling {

struct HeadColors {
  int skin[3] = {205, 160, 135};
  int brow[3] = {70, 45, 30};
  int iris[3] = {60, 90, 140};
  int lip[3] = {170, 80, 80};
};

/// One drawn head. Yaw shifts and narrows the features as a turned head's; the mouth and the eyes
/// open.
struct LandmarkFace {
  int width_px = 240;
  int height_px = 220;
  PointF center{120, 118};  ///< between the eyes and the mouth
  float face_width_px = 110;
  float yaw_deg = 0;
  float roll_deg = 0;
  float mouth_open = 0;  ///< 0 closed .. 1 wide
  float eye_open = 1;    ///< 0 closed .. 1 open
  HeadColors colors;
  float texture = 6;  ///< amplitude of a fine pattern on the skin, 8-bit levels
};

/// The face in a picture of this size, its centre as far from the top as from both sides.
[[nodiscard]] LandmarkFace framed(LandmarkFace face, int width_px, int height_px,
                                  float face_width_px);

/// 68 points in pixels of the picture.
[[nodiscard]] Landmarks landmarks_of(const LandmarkFace& face);

/// The picture: background gradient, neck, head with ears, features.
[[nodiscard]] Frame draw(const LandmarkFace& face);

/// A clip of `n_frames` of that head, swaying sideways by `sway_px` and turning by `sway_deg`
/// around its yaw, as the analyser would describe it.
struct HeadClip {
  LandmarkFace face;
  int n_frames = 20;
  float sway_px = 6;
  float sway_deg = 5;
};

[[nodiscard]] LandmarkFace face_at(const HeadClip& clip, std::int64_t frame_index);
[[nodiscard]] AnalyzedClip analyze(const HeadClip& clip);

/// A second person: other colours and proportions.
[[nodiscard]] LandmarkFace other_person();

/// source -> target, frames drawn on demand.
[[nodiscard]] SwapRequest request_for(const HeadClip& source, const HeadClip& target);

/// A method with one plan, asked frame by frame.
class PlannedSwap {
 public:
  PlannedSwap(std::shared_ptr<const SwapMethod> method, std::unique_ptr<SwapPlan> plan)
      : method_(std::move(method)), plan_(std::move(plan)) {}

  /// The method's first variant of one frame.
  [[nodiscard]] ComposedFrame swap(std::int64_t frame_index, const Frame& target) const;

 private:
  std::shared_ptr<const SwapMethod> method_;
  std::unique_ptr<SwapPlan> plan_;
};

}  // namespace changeling

// common/face/landmark_layout.h: what the points of a face mean, for each count of landmarks.
// Layer 3, pure maths.
#pragma once

#include <cstddef>
#include <vector>

#include "common/base/geometry.h"
#include "common/face/face_types.h"

namespace changeling {

/// A landmark convention: 68 points (iBUG) or 98 (WFLW).
struct LandmarkLayout {
  std::size_t count = 0;
  /// flip[i]: the point whose place point i takes in the mirrored picture; an involution.
  std::vector<std::size_t> flip;
  /// Jaw, nose, upper lip, lower lip, each brow, each eye, each pupil (98 only): parts that move
  /// together. Every point stands in one group.
  std::vector<std::vector<std::size_t>> groups;
  /// The closed polygon of the inner lips, in order.
  std::vector<std::size_t> inner_mouth;
};

/// The layout of 68 or 98 points. Throws Error(kConfig) for any other count.
[[nodiscard]] const LandmarkLayout& landmark_layout(std::size_t count);

/// 98 points -> the 68 of the iBUG convention among them; commutes with flip_landmarks. Throws
/// Error(kInternal) for another count.
[[nodiscard]] Landmarks landmarks_98_to_68(const Landmarks& landmarks);

/// Landmarks of the picture mirrored left to right: x -> width - x, points renumbered. width is 1
/// for landmarks normalised to a crop. Throws Error(kConfig) as landmark_layout.
[[nodiscard]] Landmarks flip_landmarks(const Landmarks& landmarks, float width);

/// Mean distance of the points of `found` and `wanted` in percent of the distance of the outer eye
/// corners of `wanted` (metrics: lmk_nme). Both 68; not finite when the corners coincide. Throws
/// Error(kInternal) for another count.
[[nodiscard]] double landmark_error_percent(const Landmarks& found, const Landmarks& wanted);

/// The pose of the mirrored picture: yaw and roll change their sign.
[[nodiscard]] EulerPose flip_pose(const EulerPose& pose);

}  // namespace changeling

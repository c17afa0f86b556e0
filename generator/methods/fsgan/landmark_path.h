// generator/methods/fsgan/landmark_path.h: the poses between source and target for stepwise
// reenactment. Layer 5, Torch only.
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "common/face/average_face.h"

namespace changeling {

/// The way of a face's points from one pose to another: the rotation that fits best (least squares,
/// never a reflection; Kabsch 1976, as Horn's quaternion 1987), taken in parts about its axis
/// through the centroid, which moves on a straight line.
class LandmarkPath {
 public:
  /// Equally many points, at least three. Throws Error(kInternal) otherwise.
  LandmarkPath(std::vector<Point3F> from, std::vector<Point3F> to);

  /// Of the whole rotation, 0..180.
  [[nodiscard]] double angle_deg() const { return angle_deg_; }

  /// max(1, ceil(angle / max_step_deg)).
  [[nodiscard]] int step_count(double max_step_deg) const;

  /// The points at alpha in [0,1]; 0 and 1 give `from` and `to` themselves, between them the
  /// expression stays that of `from`.
  [[nodiscard]] std::vector<Point3F> at(double alpha) const;

 private:
  std::vector<Point3F> from_;
  std::vector<Point3F> to_;
  Point3F from_center_;
  Point3F to_center_;
  Point3F axis_;
  double angle_deg_ = 0;
};

/// (N,68,2) in [0,1] of the crop -> (N,68,3), float32 CPU; see lift_landmarks. Throws
/// Error(kConfig) for another count of points: the average face has 68.
[[nodiscard]] at::Tensor lift_landmarks(const at::Tensor& landmarks);

/// Landmarks of the steps from a view (L,3) to a target (L,3), each (L,2); the last is the
/// target's.
[[nodiscard]] std::vector<at::Tensor> landmark_steps(const at::Tensor& view,
                                                     const at::Tensor& target, double max_step_deg);

/// Landmarks halfway from `view` to `target`, both (N,68,2) in [0,1] of the crop: half of the
/// head's turn, the expression of `view`. Float32 on the device of `view`. Throws Error(kConfig)
/// for another count of points.
[[nodiscard]] at::Tensor halfway_landmarks(const at::Tensor& view, const at::Tensor& target);

}  // namespace changeling

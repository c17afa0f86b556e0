// common/face/average_face.h: an average face in 3-D, what it adds to 68 landmarks: the forehead
// and depth. Layer 3, pure maths.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "common/base/geometry.h"
#include "common/face/face_types.h"

namespace changeling {

/// Points of a face: 0..67 iBUG landmarks, then the forehead from the image's left temple to the
/// right one.
constexpr std::size_t kLandmarkCount = 68;
constexpr std::size_t kForeheadCount = 11;
constexpr std::size_t kFacePointCount = kLandmarkCount + kForeheadCount;

/// x right, y down, z toward the viewer.
struct Point3F {
  float x = 0;
  float y = 0;
  float z = 0;
};

/// The average upright frontal face, centimetres.
[[nodiscard]] const std::array<Point3F, kFacePointCount>& average_face();

/// 68 landmarks -> kFacePointCount points. The forehead comes from the average face fitted to the
/// landmarks by an affine camera (least squares), moved with the brows. A closed mouth or eye whose
/// lids cross by noise is opened to zero. Throws Error(kInternal) unless 68 finite landmarks are
/// given.
[[nodiscard]] std::vector<PointF> extend_landmarks(const Landmarks& landmarks);

/// Closed polygon around kFacePointCount points: jaw, then forehead.
[[nodiscard]] std::vector<PointF> face_outline(const std::vector<PointF>& face_points);

/// The landmarks with a depth: that of the average face seen by the camera which fits them best, in
/// the unit of x and y (weak perspective; the origin of z is the average face's). Throws
/// Error(kInternal) unless 68 finite landmarks are given, or when they lie on a line.
[[nodiscard]] std::vector<Point3F> lift_landmarks(const Landmarks& landmarks);

}  // namespace changeling

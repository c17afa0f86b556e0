// common/base/geometry.h: points, boxes, head poses and crop transforms. Layer 0.
// Coordinates are pixels of the full frame, pixel centres at +0.5, y down.
#pragma once

#include <array>
#include <vector>

namespace changeling {

struct PointF {
  float x = 0;
  float y = 0;
};

/// An axis-aligned box in pixels; right and bottom edges are exclusive.
struct BBox {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;

  [[nodiscard]] float right() const { return x + width; }

  [[nodiscard]] float bottom() const { return y + height; }

  [[nodiscard]] float area() const { return width > 0 && height > 0 ? width * height : 0; }

  [[nodiscard]] PointF center() const { return {x + width / 2, y + height / 2}; }
};

/// Intersection over union, 0..1; 0 when either box is empty.
[[nodiscard]] float iou(const BBox& a, const BBox& b);

/// The smallest box around the points; an empty box for no points.
[[nodiscard]] BBox bounding_box(const std::vector<PointF>& points);

/// Head pose in degrees. yaw > 0: turned to the subject's left (the image's right); pitch > 0: up;
/// roll > 0: clockwise in the image.
struct EulerPose {
  float yaw_deg = 0;
  float pitch_deg = 0;
  float roll_deg = 0;
};

/// Euclidean norm of the pose difference, each angle wrapped to (-180, 180] (metrics: pose_l2_deg).
[[nodiscard]] float pose_distance_deg(const EulerPose& a, const EulerPose& b);

/// An invertible affine map, frame pixels -> crop pixels: x' = m0 x + m1 y + m2, y' = m3 x + m4 y +
/// m5.
class CropTransform {
 public:
  /// The identity.
  CropTransform() = default;

  /// Throws Error(kInternal) when the matrix is singular or not finite.
  explicit CropTransform(const std::array<double, 6>& matrix);

  /// Maps the square (centre, side) of the frame onto a crop of `size_px` x `size_px`, rotated by
  /// `roll_deg` so that a head with that roll stands upright in the crop.
  static CropTransform square(PointF center, float side_px, int size_px, float roll_deg = 0);

  /// Least-squares similarity (Umeyama 1991, with scale, no reflection) that maps `from` onto `to`.
  /// Both need the same count, at least two points that differ.
  static CropTransform similarity(const std::vector<PointF>& from, const std::vector<PointF>& to);

  [[nodiscard]] PointF to_crop(PointF frame_point) const;
  [[nodiscard]] PointF to_frame(PointF crop_point) const;

  [[nodiscard]] const std::array<double, 6>& matrix() const { return matrix_; }

  [[nodiscard]] const std::array<double, 6>& inverse() const { return inverse_; }

 private:
  std::array<double, 6> matrix_ = {1, 0, 0, 0, 1, 0};
  std::array<double, 6> inverse_ = {1, 0, 0, 0, 1, 0};
};

}  // namespace changeling

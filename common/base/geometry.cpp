#include "common/base/geometry.h"

#include <algorithm>
#include <cmath>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr double kPi = 3.14159265358979323846;

PointF apply(const std::array<double, 6>& m, PointF p) {
  const double x = m[0] * p.x + m[1] * p.y + m[2];
  const double y = m[3] * p.x + m[4] * p.y + m[5];
  return {static_cast<float>(x), static_cast<float>(y)};
}

double wrapped_difference_deg(double a, double b) {
  return std::remainder(a - b, 360.0);
}

}  // namespace

float iou(const BBox& a, const BBox& b) {
  const float width = std::min(a.right(), b.right()) - std::max(a.x, b.x);
  const float height = std::min(a.bottom(), b.bottom()) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) {
    return 0;
  }
  const float intersection = width * height;
  return intersection / (a.area() + b.area() - intersection);
}

BBox bounding_box(const std::vector<PointF>& points) {
  if (points.empty()) {
    return {};
  }
  PointF low = points.front();
  PointF high = points.front();
  for (const PointF& point : points) {
    low = {std::min(low.x, point.x), std::min(low.y, point.y)};
    high = {std::max(high.x, point.x), std::max(high.y, point.y)};
  }
  return {low.x, low.y, high.x - low.x, high.y - low.y};
}

float pose_distance_deg(const EulerPose& a, const EulerPose& b) {
  return static_cast<float>(std::hypot(wrapped_difference_deg(a.yaw_deg, b.yaw_deg),
                                       wrapped_difference_deg(a.pitch_deg, b.pitch_deg),
                                       wrapped_difference_deg(a.roll_deg, b.roll_deg)));
}

CropTransform::CropTransform(const std::array<double, 6>& matrix) : matrix_(matrix) {
  const double determinant = matrix[0] * matrix[4] - matrix[1] * matrix[3];
  CHANGELING_REQUIRE(std::isfinite(determinant) && std::abs(determinant) > 1e-12,
                     "crop transform is singular");
  const double a = matrix[4] / determinant;
  const double b = -matrix[1] / determinant;
  const double c = -matrix[3] / determinant;
  const double d = matrix[0] / determinant;
  inverse_ = {a, b, -(a * matrix[2] + b * matrix[5]), c, d, -(c * matrix[2] + d * matrix[5])};
}

CropTransform CropTransform::square(PointF center, float side_px, int size_px, float roll_deg) {
  const double scale = static_cast<double>(size_px) / side_px;
  const double angle = -roll_deg * kPi / 180;
  const double cosine = scale * std::cos(angle);
  const double sine = scale * std::sin(angle);
  const double half = size_px / 2.0;
  return CropTransform({cosine, -sine, half - cosine * center.x + sine * center.y, sine, cosine,
                        half - sine * center.x - cosine * center.y});
}

CropTransform CropTransform::similarity(const std::vector<PointF>& from,
                                        const std::vector<PointF>& to) {
  CHANGELING_REQUIRE(from.size() == to.size() && from.size() >= 2,
                     "a similarity needs two or more point pairs");
  const auto count = static_cast<double>(from.size());
  double from_x = 0;
  double from_y = 0;
  double to_x = 0;
  double to_y = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    from_x += from[i].x / count;
    from_y += from[i].y / count;
    to_x += to[i].x / count;
    to_y += to[i].y / count;
  }
  // In the plane the optimal rotation and scale are one complex number: sum(conj(p) q) / sum |p|^2.
  double real = 0;
  double imaginary = 0;
  double variance = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    const double px = from[i].x - from_x;
    const double py = from[i].y - from_y;
    const double qx = to[i].x - to_x;
    const double qy = to[i].y - to_y;
    real += px * qx + py * qy;
    imaginary += px * qy - py * qx;
    variance += px * px + py * py;
  }
  CHANGELING_REQUIRE(variance > 1e-9, "a similarity needs points that differ");
  const double a = real / variance;
  const double b = imaginary / variance;
  return CropTransform(
      {a, -b, to_x - a * from_x + b * from_y, b, a, to_y - b * from_x - a * from_y});
}

PointF CropTransform::to_crop(PointF frame_point) const {
  return apply(matrix_, frame_point);
}

PointF CropTransform::to_frame(PointF crop_point) const {
  return apply(inverse_, crop_point);
}

}  // namespace changeling

#include "common/face/average_face.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/error.h"

namespace changeling {
namespace {

// Average face, centimetres, y down, z toward the viewer: the vertices of the canonical face mesh
// of MediaPipe (Google, Apache-2.0) nearest to the 68 iBUG points; the forehead points lie at 0.65
// of the way from the mesh's second row to its top row, safely below most hairlines.
constexpr std::array<Point3F, kFacePointCount> kAverageFace = {{
    {-7.743F, -2.365F, -2.005F}, {-7.664F, -0.673F, -2.436F}, {-7.542F, 1.049F, -2.431F},
    {-7.271F, 2.891F, -2.252F},  {-5.941F, 6.224F, -0.631F},  {-5.085F, 7.179F, 0.715F},
    {-3.211F, 8.533F, 2.802F},   {-1.293F, 9.296F, 4.094F},   {0.000F, 9.403F, 4.264F},
    {1.293F, 9.296F, 4.094F},    {3.211F, 8.533F, 2.802F},    {5.085F, 7.179F, 0.715F},
    {5.941F, 6.224F, -0.631F},   {7.271F, 2.891F, -2.252F},   {7.542F, 1.049F, -2.431F},
    {7.664F, -0.673F, -2.436F},  {7.743F, -2.365F, -2.005F},  {-5.721F, -4.255F, 2.831F},
    {-4.986F, -4.802F, 3.752F},  {-3.987F, -5.109F, 4.466F},  {-2.760F, -5.101F, 5.016F},
    {-1.396F, -5.012F, 5.316F},  {1.396F, -5.012F, 5.316F},   {2.760F, -5.101F, 5.016F},
    {3.987F, -5.109F, 4.466F},   {4.986F, -4.802F, 3.752F},   {5.721F, -4.255F, 2.831F},
    {0.000F, -3.271F, 5.236F},   {0.000F, -1.728F, 6.317F},   {0.000F, -0.366F, 7.243F},
    {0.000F, 0.463F, 7.587F},    {-1.044F, 1.465F, 5.662F},   {-0.597F, 2.014F, 5.866F},
    {0.000F, 2.089F, 6.058F},    {0.597F, 2.014F, 5.866F},    {1.044F, 1.465F, 5.662F},
    {-4.446F, -2.664F, 3.173F},  {-3.670F, -2.928F, 3.724F},  {-2.724F, -2.962F, 3.872F},
    {-1.856F, -2.585F, 3.758F},  {-2.724F, -2.316F, 3.777F},  {-3.670F, -2.360F, 3.635F},
    {1.856F, -2.585F, 3.758F},   {2.724F, -2.962F, 3.872F},   {3.670F, -2.928F, 3.724F},
    {4.446F, -2.664F, 3.173F},   {3.670F, -2.360F, 3.635F},   {2.724F, -2.316F, 3.777F},
    {-2.456F, 4.343F, 4.284F},   {-1.432F, 3.501F, 5.496F},   {-0.711F, 3.329F, 5.877F},
    {0.000F, 3.406F, 5.980F},    {0.711F, 3.329F, 5.877F},    {1.432F, 3.501F, 5.496F},
    {2.456F, 4.343F, 4.284F},    {1.325F, 5.107F, 5.205F},    {0.700F, 5.292F, 5.448F},
    {0.000F, 5.365F, 5.535F},    {-0.700F, 5.292F, 5.448F},   {-1.325F, 5.107F, 5.205F},
    {-2.153F, 4.276F, 4.038F},   {-0.533F, 3.993F, 5.138F},   {0.000F, 3.994F, 5.219F},
    {0.533F, 3.993F, 5.138F},    {2.153F, 4.276F, 4.038F},    {0.583F, 4.518F, 5.340F},
    {0.000F, 4.542F, 5.405F},    {-0.583F, 4.518F, 5.340F},   {-7.088F, -5.435F, 0.100F},
    {-6.041F, -6.300F, 1.880F},  {-4.925F, -7.078F, 3.018F},  {-3.363F, -7.502F, 4.009F},
    {-1.796F, -7.663F, 4.501F},  {0.000F, -7.661F, 4.673F},   {1.796F, -7.663F, 4.501F},
    {3.363F, -7.502F, 4.009F},   {4.925F, -7.078F, 3.018F},   {6.041F, -6.300F, 1.880F},
    {7.088F, -5.435F, 0.100F},
}};

// Points that sit on bone or move little with expression carry the camera fit; the jaw contour,
// which slides over the head as it turns, hardly counts.
float fit_weight(std::size_t point) {
  if (point <= 16) {
    return point == 8 ? 0.3F : 0.1F;
  }
  return point < 48 ? 1.0F : 0.3F;
}

using Matrix4 = std::array<std::array<double, 4>, 4>;
using Vector4 = std::array<double, 4>;

/// Solves the symmetric positive definite system by Gaussian elimination with pivoting.
Vector4 solve(Matrix4 a, Vector4 b) {
  for (std::size_t column = 0; column < 4; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < 4; ++row) {
      if (std::abs(a[row][column]) > std::abs(a[pivot][column])) {
        pivot = row;
      }
    }
    std::swap(a[column], a[pivot]);
    std::swap(b[column], b[pivot]);
    for (std::size_t row = column + 1; row < 4; ++row) {
      const double factor = a[row][column] / a[column][column];
      for (std::size_t k = column; k < 4; ++k) {
        a[row][k] -= factor * a[column][k];
      }
      b[row] -= factor * b[column];
    }
  }
  Vector4 x{};
  for (std::size_t i = 4; i-- > 0;) {
    double sum = b[i];
    for (std::size_t k = i + 1; k < 4; ++k) {
      sum -= a[i][k] * x[k];
    }
    x[i] = sum / a[i][i];
  }
  return x;
}

/// Affine camera: image x and y as linear functions of (X, Y, Z, 1).
struct AffineCamera {
  Vector4 x{};
  Vector4 y{};

  [[nodiscard]] PointF project(const Point3F& p) const {
    const auto row = [&](const Vector4& v) {
      return static_cast<float>(v[0] * p.x + v[1] * p.y + v[2] * p.z + v[3]);
    };
    return {row(x), row(y)};
  }
};

AffineCamera fit_camera(const Landmarks& landmarks) {
  Matrix4 normal{};
  Vector4 right_x{};
  Vector4 right_y{};
  for (std::size_t i = 0; i < kLandmarkCount; ++i) {
    const Point3F& p = kAverageFace[i];
    const Vector4 row = {p.x, p.y, p.z, 1.0};
    const double weight = fit_weight(i);
    for (std::size_t r = 0; r < 4; ++r) {
      for (std::size_t c = 0; c < 4; ++c) {
        normal[r][c] += weight * row[r] * row[c];
      }
      right_x[r] += weight * row[r] * landmarks[i].x;
      right_y[r] += weight * row[r] * landmarks[i].y;
    }
  }
  return {solve(normal, right_x), solve(normal, right_y)};
}

/// Mean of (measured - projected) over landmarks [first, last).
PointF mean_residual(const AffineCamera& camera, const Landmarks& landmarks, std::size_t first,
                     std::size_t last) {
  PointF sum;
  for (std::size_t i = first; i < last; ++i) {
    const PointF projected = camera.project(kAverageFace[i]);
    sum.x += landmarks[i].x - projected.x;
    sum.y += landmarks[i].y - projected.y;
  }
  const auto count = static_cast<float>(last - first);
  return {sum.x / count, sum.y / count};
}

/// Where `lower` lies above `upper`, seen along `down`, moves both to their middle.
void uncross(PointF& upper, PointF& lower, PointF down) {
  const float gap = (lower.x - upper.x) * down.x + (lower.y - upper.y) * down.y;
  if (gap < 0) {
    const PointF middle = {(upper.x + lower.x) / 2, (upper.y + lower.y) / 2};
    upper = middle;
    lower = middle;
  }
}

void uncross_lids(std::vector<PointF>& p) {
  const PointF eyes = {p[45].x - p[36].x, p[45].y - p[36].y};
  const PointF down = {-eyes.y, eyes.x};  // a quarter turn clockwise on the screen
  constexpr std::array<std::array<std::size_t, 2>, 7> kPairs = {
      {{37, 41}, {38, 40}, {43, 47}, {44, 46}, {61, 67}, {62, 66}, {63, 65}}};
  for (const auto& pair : kPairs) {
    uncross(p[pair[0]], p[pair[1]], down);
  }
}

void require_finite_68(const Landmarks& landmarks) {
  CHANGELING_REQUIRE(landmarks.size() == kLandmarkCount, "68 landmarks are needed");
  for (const PointF& point : landmarks) {
    CHANGELING_REQUIRE(std::isfinite(point.x) && std::isfinite(point.y),
                       "landmarks must be finite");
  }
}

/// The camera's third row: depth along its viewing direction, in the unit of the image. Weak
/// perspective has one scale for both axes; the geometric mean stands for it.
Vector4 depth_row(const AffineCamera& camera) {
  const Vector4& x = camera.x;
  const Vector4& y = camera.y;
  const Vector4 cross = {x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2],
                         x[0] * y[1] - x[1] * y[0], 0.0};
  const double length = std::hypot(cross[0], cross[1], cross[2]);
  const double scale = std::sqrt(std::hypot(x[0], x[1], x[2]) * std::hypot(y[0], y[1], y[2]));
  CHANGELING_REQUIRE(length > 1e-9 * scale * scale && scale > 0, "the landmarks lie on a line");
  return {cross[0] / length * scale, cross[1] / length * scale, cross[2] / length * scale, 0.0};
}

}  // namespace

const std::array<Point3F, kFacePointCount>& average_face() {
  return kAverageFace;
}

std::vector<PointF> extend_landmarks(const Landmarks& landmarks) {
  require_finite_68(landmarks);
  const AffineCamera camera = fit_camera(landmarks);
  const PointF left = mean_residual(camera, landmarks, 17, 22);
  const PointF right = mean_residual(camera, landmarks, 22, 27);
  std::vector<PointF> points = landmarks;
  uncross_lids(points);
  for (std::size_t i = 0; i < kForeheadCount; ++i) {
    const float to_right = static_cast<float>(i) / static_cast<float>(kForeheadCount - 1);
    PointF point = camera.project(kAverageFace[kLandmarkCount + i]);
    point.x += (1 - to_right) * left.x + to_right * right.x;
    point.y += (1 - to_right) * left.y + to_right * right.y;
    points.push_back(point);
  }
  return points;
}

std::vector<PointF> face_outline(const std::vector<PointF>& face_points) {
  std::vector<PointF> outline(face_points.begin(), face_points.begin() + 17);
  outline.insert(outline.end(), face_points.rbegin(), face_points.rbegin() + kForeheadCount);
  return outline;
}

std::vector<Point3F> lift_landmarks(const Landmarks& landmarks) {
  require_finite_68(landmarks);
  const Vector4 depth = depth_row(fit_camera(landmarks));
  std::vector<Point3F> lifted;
  lifted.reserve(landmarks.size());
  for (std::size_t i = 0; i < kLandmarkCount; ++i) {
    const Point3F& p = kAverageFace[i];
    const double z = depth[0] * p.x + depth[1] * p.y + depth[2] * p.z;
    lifted.push_back({landmarks[i].x, landmarks[i].y, static_cast<float>(z)});
  }
  return lifted;
}

}  // namespace changeling

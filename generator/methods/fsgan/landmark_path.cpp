#include "generator/methods/fsgan/landmark_path.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/landmark_tensor.h"

namespace changeling {
namespace {

constexpr double kPi = 3.14159265358979323846;
using Matrix4 = std::array<std::array<double, 4>, 4>;
using Quaternion = std::array<double, 4>;  // w, x, y, z

Point3F centroid(const std::vector<Point3F>& points) {
  std::array<double, 3> sum = {};
  for (const Point3F& p : points) {
    sum = {sum[0] + p.x, sum[1] + p.y, sum[2] + p.z};
  }
  const auto count = static_cast<double>(points.size());
  return {static_cast<float>(sum[0] / count), static_cast<float>(sum[1] / count),
          static_cast<float>(sum[2] / count)};
}

std::array<double, 3> from_center(const Point3F& p, const Point3F& center) {
  return {static_cast<double>(p.x) - center.x, static_cast<double>(p.y) - center.y,
          static_cast<double>(p.z) - center.z};
}

/// Horn's matrix: its eigenvector of the greatest eigenvalue is the rotation that turns `from` best
/// onto `to`, both about their centres.
Matrix4 horn_matrix(const std::vector<Point3F>& from, const Point3F& from_center_point,
                    const std::vector<Point3F>& to, const Point3F& to_center_point) {
  std::array<std::array<double, 3>, 3> s = {};
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::array<double, 3> a = from_center(from[i], from_center_point);
    const std::array<double, 3> b = from_center(to[i], to_center_point);
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 3; ++c) {
        s[r][c] += a[r] * b[c];
      }
    }
  }
  const double yz = s[1][2] - s[2][1];
  const double zx = s[2][0] - s[0][2];
  const double xy = s[0][1] - s[1][0];
  const double sxy = s[0][1] + s[1][0];
  const double szx = s[2][0] + s[0][2];
  const double syz = s[1][2] + s[2][1];
  return {{{s[0][0] + s[1][1] + s[2][2], yz, zx, xy},
           {yz, s[0][0] - s[1][1] - s[2][2], sxy, szx},
           {zx, sxy, s[1][1] - s[0][0] - s[2][2], syz},
           {xy, szx, syz, s[2][2] - s[0][0] - s[1][1]}}};
}

/// Jacobi rotation that clears a[p][q]; the columns of v collect the eigenvectors.
void clear_entry(Matrix4& a, Matrix4& v, std::size_t p, std::size_t q) {
  if (a[p][q] == 0) {
    return;
  }
  const double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::hypot(theta, 1));
  const double c = 1 / std::hypot(t, 1);
  const double s = t * c;
  for (std::size_t k = 0; k < 4; ++k) {
    const double kp = a[k][p];
    const double kq = a[k][q];
    a[k][p] = c * kp - s * kq;
    a[k][q] = s * kp + c * kq;
  }
  for (std::size_t k = 0; k < 4; ++k) {
    const double pk = a[p][k];
    const double qk = a[q][k];
    a[p][k] = c * pk - s * qk;
    a[q][k] = s * pk + c * qk;
    const double vp = v[k][p];
    const double vq = v[k][q];
    v[k][p] = c * vp - s * vq;
    v[k][q] = s * vp + c * vq;
  }
}

/// Unit eigenvector of the greatest eigenvalue of a symmetric matrix (cyclic Jacobi).
Quaternion greatest_eigenvector(Matrix4 a) {
  Matrix4 v = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}};
  constexpr int kSweeps = 12;  // converges quadratically: 4 to 6 reach the last digit
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t p = 0; p < 3; ++p) {
      for (std::size_t q = p + 1; q < 4; ++q) {
        clear_entry(a, v, p, q);
      }
    }
  }
  std::size_t best = 0;
  for (std::size_t k = 1; k < 4; ++k) {
    best = a[k][k] > a[best][best] ? k : best;
  }
  return {v[0][best], v[1][best], v[2][best], v[3][best]};
}

/// Rotates p about the unit axis (Rodrigues).
std::array<double, 3> rotated(const std::array<double, 3>& p, const Point3F& axis, double angle) {
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const double along = (axis.x * p[0] + axis.y * p[1] + axis.z * p[2]) * (1 - c);
  return {c * p[0] + s * (axis.y * p[2] - axis.z * p[1]) + along * axis.x,
          c * p[1] + s * (axis.z * p[0] - axis.x * p[2]) + along * axis.y,
          c * p[2] + s * (axis.x * p[1] - axis.y * p[0]) + along * axis.z};
}

std::vector<Point3F> to_points(const at::Tensor& rows) {
  CHANGELING_REQUIRE(rows.dim() == 2 && rows.size(1) == 3, "a path needs points (L,3)");
  const at::Tensor values = rows.to(at::kCPU, at::kFloat).contiguous();
  const float* at = values.data_ptr<float>();
  std::vector<Point3F> points;
  for (std::int64_t i = 0; i < values.size(0); ++i, at += 3) {
    points.push_back({at[0], at[1], at[2]});
  }
  return points;
}

/// (L,2), depth left out.
at::Tensor to_plane(const std::vector<Point3F>& points) {
  at::Tensor rows = at::empty({static_cast<std::int64_t>(points.size()), 2},
                              at::TensorOptions().dtype(at::kFloat));
  float* into = rows.data_ptr<float>();
  for (const Point3F& p : points) {
    *into++ = p.x;
    *into++ = p.y;
  }
  return rows;
}

}  // namespace

LandmarkPath::LandmarkPath(std::vector<Point3F> from, std::vector<Point3F> to)
    : from_(std::move(from)), to_(std::move(to)) {
  CHANGELING_REQUIRE(from_.size() == to_.size() && from_.size() >= 3,
                     "a path needs three points or more, equally many at both ends");
  from_center_ = centroid(from_);
  to_center_ = centroid(to_);
  const Quaternion q = greatest_eigenvector(horn_matrix(from_, from_center_, to_, to_center_));
  // q and -q are the same rotation; the one with w >= 0 turns by 180 degrees at most.
  const double sign = q[0] < 0 ? -1 : 1;
  const double length = std::hypot(q[1], q[2], q[3]);
  angle_deg_ = 2 * std::atan2(length, sign * q[0]) * 180 / kPi;
  if (length > 0) {
    axis_ = {static_cast<float>(sign * q[1] / length), static_cast<float>(sign * q[2] / length),
             static_cast<float>(sign * q[3] / length)};
  }
}

int LandmarkPath::step_count(double max_step_deg) const {
  CHANGELING_REQUIRE(max_step_deg > 0, "a step needs an angle > 0");
  return std::max(1, static_cast<int>(std::ceil(angle_deg_ / max_step_deg - 1e-9)));
}

std::vector<Point3F> LandmarkPath::at(double alpha) const {
  if (alpha <= 0) {
    return from_;
  }
  if (alpha >= 1) {
    return to_;
  }
  const std::array<double, 3> way = from_center(to_center_, from_center_);
  std::vector<Point3F> points;
  points.reserve(from_.size());
  for (const Point3F& p : from_) {
    const std::array<double, 3> turned =
        rotated(from_center(p, from_center_), axis_, alpha * angle_deg_ * kPi / 180);
    points.push_back({static_cast<float>(turned[0] + from_center_.x + alpha * way[0]),
                      static_cast<float>(turned[1] + from_center_.y + alpha * way[1]),
                      static_cast<float>(turned[2] + from_center_.z + alpha * way[2])});
  }
  return points;
}

at::Tensor lift_landmarks(const at::Tensor& landmarks) {
  CHANGELING_REQUIRE(landmarks.dim() == 3 && landmarks.size(2) == 2,
                     "lifting needs landmarks (N,L,2)");
  if (landmarks.size(1) != static_cast<std::int64_t>(kLandmarkCount)) {
    throw Error(ErrorKind::kConfig, "stepwise reenactment needs 68 landmarks, not " +
                                        std::to_string(landmarks.size(1)));
  }
  at::Tensor lifted = at::empty({landmarks.size(0), landmarks.size(1), 3}, at::kFloat);
  float* into = lifted.data_ptr<float>();
  for (const Landmarks& face : to_landmarks(landmarks)) {
    for (const Point3F& p : lift_landmarks(face)) {
      *into++ = p.x;
      *into++ = p.y;
      *into++ = p.z;
    }
  }
  return lifted;
}

std::vector<at::Tensor> landmark_steps(const at::Tensor& view, const at::Tensor& target,
                                       double max_step_deg) {
  const LandmarkPath path(to_points(view), to_points(target));
  const int count = path.step_count(max_step_deg);
  std::vector<at::Tensor> steps;
  for (int i = 1; i <= count; ++i) {
    steps.push_back(to_plane(path.at(static_cast<double>(i) / count)));
  }
  return steps;
}

at::Tensor halfway_landmarks(const at::Tensor& view, const at::Tensor& target) {
  const at::Tensor from = lift_landmarks(view);
  const at::Tensor to = lift_landmarks(target);
  std::vector<at::Tensor> faces;
  for (std::int64_t i = 0; i < from.size(0); ++i) {
    faces.push_back(to_plane(LandmarkPath(to_points(from[i]), to_points(to[i])).at(0.5)));
  }
  return at::stack(faces).to(view.device());
}

}  // namespace changeling

#include "generator/methods/mesh_swap/face_layout.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/base/error.h"

namespace changeling {
namespace {

std::vector<PointF> slice(const std::vector<PointF>& points, std::ptrdiff_t first,
                          std::ptrdiff_t last) {
  return {points.begin() + first, points.begin() + last};
}

float distance(PointF a, PointF b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

/// Mean gap of an eye's two lid pairs over its width; `first` is the outer or inner corner.
float one_eye_openness(const Landmarks& p, std::size_t first) {
  const float width = distance(p[first], p[first + 3]);
  const float gaps = distance(p[first + 1], p[first + 5]) + distance(p[first + 2], p[first + 4]);
  return width > 0 ? gaps / 2 / width : 0;
}

}  // namespace

const std::vector<PointF>& canonical_layout() {
  static const std::vector<PointF> layout = [] {
    std::vector<PointF> points;
    for (const Point3F& p : average_face()) {
      points.push_back({p.x, p.y});
    }
    return points;
  }();
  return layout;
}

const std::vector<Triangle>& face_topology() {
  static const std::vector<Triangle> topology = delaunay(canonical_layout());
  return topology;
}

std::vector<PointF> left_eye_polygon(const std::vector<PointF>& mesh_points) {
  return slice(mesh_points, 36, 42);
}

std::vector<PointF> right_eye_polygon(const std::vector<PointF>& mesh_points) {
  return slice(mesh_points, 42, 48);
}

std::vector<PointF> outer_lip_polygon(const std::vector<PointF>& mesh_points) {
  return slice(mesh_points, 48, 60);
}

std::vector<PointF> inner_mouth_polygon(const std::vector<PointF>& mesh_points) {
  return slice(mesh_points, 60, 68);
}

std::vector<PointF> cheek_polygon(const std::vector<PointF>& mesh_points) {
  std::vector<PointF> polygon;
  for (const std::size_t i : {1, 2, 31, 33, 35, 14, 15, 45, 27, 36}) {
    polygon.push_back(mesh_points.at(i));
  }
  return polygon;
}

std::vector<PointF> brow_eye_polygon(const std::vector<PointF>& mesh_points, float margin_px) {
  const PointF top = mesh_points.at(kLandmarkCount + kForeheadCount / 2);
  const PointF nose = mesh_points.at(27);
  const float length = std::max(1e-3F, distance(top, nose));
  const PointF up = {(top.x - nose.x) / length * margin_px, (top.y - nose.y) / length * margin_px};
  std::vector<PointF> polygon;
  for (std::size_t i = 17; i <= 26; ++i) {
    polygon.push_back({mesh_points[i].x + up.x, mesh_points[i].y + up.y});
  }
  // A little outward at the tails of the brows, then back along the lower lids.
  polygon.front().x += up.y / 2;
  polygon.front().y -= up.x / 2;
  polygon.back().x -= up.y / 2;
  polygon.back().y += up.x / 2;
  for (const std::size_t i : {45, 46, 47, 42, 39, 40, 41, 36}) {
    polygon.push_back(mesh_points[i]);
  }
  return polygon;
}

bool is_outline_point(int mesh_point) {
  return mesh_point <= 16 || mesh_point >= static_cast<int>(kLandmarkCount);
}

float mouth_openness(const Landmarks& landmarks) {
  CHANGELING_REQUIRE(landmarks.size() >= kLandmarkCount, "68 landmarks are needed");
  const float width = distance(landmarks[60], landmarks[64]);
  const float gaps = distance(landmarks[61], landmarks[67]) +
                     distance(landmarks[62], landmarks[66]) +
                     distance(landmarks[63], landmarks[65]);
  return width > 0 ? gaps / 3 / width : 0;
}

float eye_openness(const Landmarks& landmarks) {
  CHANGELING_REQUIRE(landmarks.size() >= kLandmarkCount, "68 landmarks are needed");
  return (one_eye_openness(landmarks, 36) + one_eye_openness(landmarks, 42)) / 2;
}

float mouth_width(const Landmarks& landmarks) {
  CHANGELING_REQUIRE(landmarks.size() >= kLandmarkCount, "68 landmarks are needed");
  const float eyes = distance(landmarks[36], landmarks[45]);
  return eyes > 0 ? distance(landmarks[48], landmarks[54]) / eyes : 0;
}

float mouth_corner_lift(const Landmarks& landmarks) {
  CHANGELING_REQUIRE(landmarks.size() >= kLandmarkCount, "68 landmarks are needed");
  const PointF across = {landmarks[45].x - landmarks[36].x, landmarks[45].y - landmarks[36].y};
  const float length2 = across.x * across.x + across.y * across.y;
  if (length2 <= 0) {
    return 0;
  }
  // Twice the way from the corners' middle down to the lips' middle, in two components.
  const float dx = landmarks[51].x + landmarks[57].x - landmarks[48].x - landmarks[54].x;
  const float dy = landmarks[51].y + landmarks[57].y - landmarks[48].y - landmarks[54].y;
  return (dy * across.x - dx * across.y) / 2 / length2;
}

float face_size_px(const std::vector<PointF>& points) {
  const BBox box = bounding_box(points);
  return std::sqrt(std::max(0.0F, box.area()));
}

}  // namespace changeling

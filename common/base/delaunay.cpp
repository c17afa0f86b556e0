#include "common/base/delaunay.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/base/error.h"

namespace changeling {
namespace {

// In the unit square; four points on one circle count as outside, so that ties keep the older
// triangle.
constexpr double kInCircleTolerance = 1e-12;

struct Vertex {
  double x = 0;
  double y = 0;
};

double orient(const Vertex& a, const Vertex& b, const Vertex& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/// Positive when p lies inside the circle through a, b, c (given with positive orient).
double in_circle(const Vertex& a, const Vertex& b, const Vertex& c, const Vertex& p) {
  const double ax = a.x - p.x;
  const double ay = a.y - p.y;
  const double bx = b.x - p.x;
  const double by = b.y - p.y;
  const double cx = c.x - p.x;
  const double cy = c.y - p.y;
  return (ax * ax + ay * ay) * (bx * cy - cx * by) - (bx * bx + by * by) * (ax * cy - cx * ay) +
         (cx * cx + cy * cy) * (ax * by - bx * ay);
}

/// Points scaled into the unit square, followed by the three corners of a triangle far around it.
std::vector<Vertex> normalized_with_frame(const std::vector<PointF>& points) {
  const BBox box = bounding_box(points);
  const double scale = std::max({box.width, box.height, 1e-6F});
  std::vector<Vertex> vertices;
  vertices.reserve(points.size() + 3);
  for (const PointF& point : points) {
    vertices.push_back({(point.x - box.x) / scale, (point.y - box.y) / scale});
  }
  // Far enough that hull triangles are not lost, near enough for double precision.
  constexpr double kFar = 1e4;
  vertices.push_back({-kFar, -kFar});
  vertices.push_back({2 * kFar, -kFar});
  vertices.push_back({0.5, 2 * kFar});
  return vertices;
}

void require_distinct(const std::vector<PointF>& points) {
  std::vector<std::pair<float, float>> sorted;
  sorted.reserve(points.size());
  for (const PointF& point : points) {
    sorted.emplace_back(point.x, point.y);
  }
  std::sort(sorted.begin(), sorted.end());
  CHANGELING_REQUIRE(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(),
                     "two points coincide");
}

/// Replaces the triangles whose circle holds `point` by a fan from `point` to their outline.
void insert_point(const std::vector<Vertex>& vertices, int point,
                  std::vector<Triangle>& triangles) {
  std::vector<Triangle> kept;
  std::map<std::pair<int, int>, int> edges;  // directed edge of a removed triangle -> count
  for (const Triangle& t : triangles) {
    const auto at = [&](int corner) { return vertices[static_cast<std::size_t>(corner)]; };
    if (in_circle(at(t[0]), at(t[1]), at(t[2]), at(point)) <= kInCircleTolerance) {
      kept.push_back(t);
      continue;
    }
    for (std::size_t i = 0; i < 3; ++i) {
      ++edges[{t[i], t[(i + 1) % 3]}];
    }
  }
  for (const auto& [edge, count] : edges) {
    if (edges.count({edge.second, edge.first}) == 0) {
      kept.push_back({edge.first, edge.second, point});
    }
  }
  triangles = std::move(kept);
}

}  // namespace

double signed_area2(PointF a, PointF b, PointF c) {
  return orient({a.x, a.y}, {b.x, b.y}, {c.x, c.y});
}

std::vector<Triangle> delaunay(const std::vector<PointF>& points) {
  if (points.size() < 3) {
    return {};
  }
  require_distinct(points);
  const int n = static_cast<int>(points.size());
  const std::vector<Vertex> vertices = normalized_with_frame(points);
  std::vector<Triangle> triangles = {{n, n + 1, n + 2}};
  for (int point = 0; point < n; ++point) {
    insert_point(vertices, point, triangles);
  }
  const auto is_frame = [&](const Triangle& t) {
    const auto at = [&](int corner) { return vertices[static_cast<std::size_t>(corner)]; };
    return t[0] >= n || t[1] >= n || t[2] >= n || orient(at(t[0]), at(t[1]), at(t[2])) < 1e-12;
  };
  triangles.erase(std::remove_if(triangles.begin(), triangles.end(), is_frame), triangles.end());
  for (Triangle& t : triangles) {
    std::rotate(t.begin(), std::min_element(t.begin(), t.end()), t.end());
  }
  std::sort(triangles.begin(), triangles.end());
  return triangles;
}

}  // namespace changeling

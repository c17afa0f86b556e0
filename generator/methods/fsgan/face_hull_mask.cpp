#include "generator/methods/fsgan/face_hull_mask.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "common/base/delaunay.h"
#include "common/base/error.h"
#include "common/face/average_face.h"
#include "common/face/landmark_layout.h"
#include "common/tensor/polygon_mask.h"

namespace changeling {
namespace {

/// Row n of (N,L,2) in px of an S x S crop.
Landmarks landmarks_px(const at::Tensor& landmarks, std::int64_t n, int size_px) {
  const float* from = landmarks.data_ptr<float>() + n * landmarks.size(1) * 2;
  const auto size = static_cast<float>(size_px);
  Landmarks points;
  for (std::int64_t i = 0; i < landmarks.size(1); ++i, from += 2) {
    points.push_back({from[0] * size, from[1] * size});
  }
  return points;
}

/// Convex hull, clockwise on the screen (Andrew's monotone chain).
std::vector<PointF> convex_hull(std::vector<PointF> points) {
  std::sort(points.begin(), points.end(),
            [](const PointF& a, const PointF& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  std::vector<PointF> hull;
  for (int half = 0; half < 2; ++half) {
    const std::size_t start = hull.size();
    for (const PointF& point : points) {
      while (hull.size() >= start + 2 &&
             signed_area2(hull[hull.size() - 2], hull.back(), point) <= 0) {
        hull.pop_back();
      }
      hull.push_back(point);
    }
    hull.pop_back();  // the first point of the other half
    std::reverse(points.begin(), points.end());
  }
  return hull;
}

at::Tensor on_cpu(const at::Tensor& landmarks) {
  CHANGELING_REQUIRE(landmarks.dim() == 3 && landmarks.size(2) == 2,
                     "landmarks (N,L,2) are needed");
  return landmarks.to(at::kCPU, at::kFloat).contiguous();
}

}  // namespace

at::Tensor face_hull_mask(const at::Tensor& landmarks, int size_px) {
  const at::Tensor points = on_cpu(landmarks);
  const auto count = static_cast<std::size_t>(points.size(1));
  static_cast<void>(landmark_layout(count));  // refuses other counts
  at::Tensor masks = at::empty({points.size(0), 1, size_px, size_px}, points.options());
  for (std::int64_t n = 0; n < points.size(0); ++n) {
    Landmarks face = landmarks_px(points, n, size_px);
    face = count == kLandmarkCount ? face : landmarks_98_to_68(face);
    masks[n][0] = fill_polygon(convex_hull(extend_landmarks(face)), size_px, size_px);
  }
  return masks.to(landmarks.device());
}

at::Tensor clear_inner_mouth(const at::Tensor& mask, const at::Tensor& landmarks) {
  const at::Tensor points = on_cpu(landmarks);
  CHANGELING_REQUIRE(mask.dim() == 4 && mask.size(1) == 1 && mask.size(2) == mask.size(3) &&
                         mask.size(0) == points.size(0),
                     "masks (N,1,S,S) and as many landmarks are needed");
  const LandmarkLayout& layout = landmark_layout(static_cast<std::size_t>(points.size(1)));
  const auto size_px = static_cast<int>(mask.size(2));
  at::Tensor lips = at::empty({mask.size(0), 1, size_px, size_px}, points.options());
  for (std::int64_t n = 0; n < points.size(0); ++n) {
    const Landmarks face = landmarks_px(points, n, size_px);
    std::vector<PointF> polygon;
    for (const std::size_t point : layout.inner_mouth) {
      polygon.push_back(face[point]);
    }
    lips[n][0] = fill_polygon(polygon, size_px, size_px);
  }
  return at::where(lips.to(mask.device()) > 0, at::zeros_like(mask), mask);
}

}  // namespace changeling

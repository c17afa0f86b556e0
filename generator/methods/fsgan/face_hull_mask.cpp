#include "generator/methods/fsgan/face_hull_mask.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "common/base/delaunay.h"
#include "common/base/error.h"
#include "common/face/average_face.h"
#include "common/face/landmark_layout.h"
#include "common/face/landmark_tensor.h"
#include "common/tensor/polygon_mask.h"
#include "common/tensor/transfer.h"

namespace changeling {
namespace {

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

}  // namespace

at::Tensor face_hull_mask(const at::Tensor& landmarks, int size_px) {
  const std::vector<Landmarks> faces = to_landmarks(landmarks, static_cast<float>(size_px));
  const auto count = static_cast<std::size_t>(landmarks.size(1));
  static_cast<void>(landmark_layout(count));  // refuses other counts
  at::Tensor masks = at::empty({landmarks.size(0), 1, size_px, size_px}, at::kFloat);
  for (std::size_t n = 0; n < faces.size(); ++n) {
    const Landmarks& face = faces[n];
    masks[static_cast<std::int64_t>(n)][0] = fill_polygon(
        convex_hull(extend_landmarks(count == kLandmarkCount ? face : landmarks_98_to_68(face))),
        size_px, size_px);
  }
  return move_to(masks, landmarks.device());
}

at::Tensor clear_inner_mouth(const at::Tensor& mask, const at::Tensor& landmarks) {
  CHANGELING_REQUIRE(mask.dim() == 4 && mask.size(1) == 1 && mask.size(2) == mask.size(3) &&
                         mask.size(0) == landmarks.size(0),
                     "masks (N,1,S,S) and as many landmarks are needed");
  const auto size_px = static_cast<int>(mask.size(2));
  const std::vector<Landmarks> faces = to_landmarks(landmarks, static_cast<float>(size_px));
  const LandmarkLayout& layout = landmark_layout(static_cast<std::size_t>(landmarks.size(1)));
  at::Tensor lips = at::empty({mask.size(0), 1, size_px, size_px}, at::kFloat);
  for (std::size_t n = 0; n < faces.size(); ++n) {
    std::vector<PointF> polygon;
    for (const std::size_t point : layout.inner_mouth) {
      polygon.push_back(faces[n][point]);
    }
    lips[static_cast<std::int64_t>(n)][0] = fill_polygon(polygon, size_px, size_px);
  }
  return at::where(move_to(lips, mask.device()) > 0, at::zeros_like(mask), mask);
}

}  // namespace changeling

#include "generator/train_data/frame_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "common/base/geometry.h"

namespace changeling {
namespace {

/// Landmarks without place and size.
std::vector<PointF> normalized(const Landmarks& landmarks) {
  const BBox box = bounding_box(landmarks);
  const PointF center = box.center();
  const float side = std::max({box.width, box.height, 1e-6F});
  std::vector<PointF> points;
  for (const PointF& point : landmarks) {
    points.push_back({(point.x - center.x) / side, (point.y - center.y) / side});
  }
  return points;
}

double mean_distance(const std::vector<PointF>& a, const std::vector<PointF>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += std::hypot(static_cast<double>(a[i].x - b[i].x), static_cast<double>(a[i].y - b[i].y));
  }
  return sum / static_cast<double>(a.size());
}

std::size_t sharpest(const std::vector<FoundFace>& faces) {
  const auto best = std::max_element(
      faces.begin(), faces.end(),
      [](const FoundFace& a, const FoundFace& b) { return a.sharpness < b.sharpness; });
  return static_cast<std::size_t>(best - faces.begin());
}

}  // namespace

std::vector<std::size_t> choose_frames(const std::vector<FoundFace>& faces,
                                       const FrameChoice& choice) {
  std::vector<std::size_t> chosen;
  if (faces.size() <= choice.max_frames) {
    chosen.resize(faces.size());
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    return chosen;
  }
  std::vector<std::vector<PointF>> shapes;
  for (const FoundFace& face : faces) {
    shapes.push_back(normalized(face.landmarks_px));
  }
  // Distance to the nearest chosen frame; below 0: not to be chosen any more.
  std::vector<double> distance(faces.size(), std::numeric_limits<double>::infinity());
  std::size_t next = sharpest(faces);
  while (chosen.size() < choice.max_frames && distance[next] >= 0) {
    chosen.push_back(next);
    for (std::size_t i = 0; i < faces.size(); ++i) {
      const bool is_near =
          std::abs(faces[i].frame_index - faces[next].frame_index) < choice.min_spacing;
      distance[i] =
          is_near || i == next ? -1 : std::min(distance[i], mean_distance(shapes[i], shapes[next]));
    }
    next = static_cast<std::size_t>(std::max_element(distance.begin(), distance.end()) -
                                    distance.begin());
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace changeling

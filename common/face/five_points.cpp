#include "common/face/five_points.h"

#include <cstddef>

#include "common/base/error.h"

namespace changeling {
namespace {

PointF mean_point(const Landmarks& landmarks, std::size_t first, std::size_t last) {
  PointF sum;
  for (std::size_t i = first; i < last; ++i) {
    sum = {sum.x + landmarks[i].x, sum.y + landmarks[i].y};
  }
  const auto count = static_cast<float>(last - first);
  return {sum.x / count, sum.y / count};
}

}  // namespace

void require_68(const Landmarks& landmarks) {
  CHANGELING_REQUIRE(landmarks.size() == 68, "a face needs 68 landmarks");
}

std::vector<PointF> five_points(const Landmarks& landmarks) {
  require_68(landmarks);
  return {mean_point(landmarks, 36, 42), mean_point(landmarks, 42, 48), landmarks[30],
          landmarks[48], landmarks[54]};
}

const std::vector<PointF>& five_point_template_112() {
  static const std::vector<PointF> points = {{38.2946F, 51.6963F},
                                             {73.5318F, 51.5014F},
                                             {56.0252F, 71.7366F},
                                             {41.5493F, 92.3655F},
                                             {70.7299F, 92.2041F}};
  return points;
}

}  // namespace changeling

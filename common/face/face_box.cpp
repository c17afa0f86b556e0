#include "common/face/face_box.h"

#include "common/face/five_points.h"

namespace changeling {
namespace {

constexpr float kHeightShare = 1.33F;
constexpr float kWidthShare = 0.93F;
constexpr float kRaisedShare = 0.19F;

}  // namespace

BBox face_box(const Landmarks& landmarks) {
  require_68(landmarks);
  const BBox points = bounding_box(landmarks);
  const PointF center = points.center();
  const float width = kWidthShare * points.width;
  const float height = kHeightShare * points.height;
  return {center.x - width / 2, center.y - kRaisedShare * points.height - height / 2, width,
          height};
}

}  // namespace changeling

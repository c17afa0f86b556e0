#include "generator/train_data/label_classes.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/face_crops.h"
#include "common/face/five_points.h"
#include "common/packs/frame_pack.h"
#include "common/tensor/polygon_mask.h"

namespace changeling {
namespace {

constexpr float kForeheadShare = 0.8F;  ///< of the distance chin - brows: beyond every hair line
constexpr float kBrowMargin = 0.035F;   ///< of the distance between the jaw's ends

constexpr std::size_t kChin = 8;
constexpr std::size_t kJawEnd = 16;
constexpr std::size_t kFirstBrow = 17;
constexpr std::size_t kFirstLeftBrow = 22;
constexpr std::size_t kBrowsEnd = 27;

float cross(const PointF& o, const PointF& a, const PointF& b) {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

/// Andrew's monotone chain.
std::vector<PointF> convex_hull(std::vector<PointF> points) {
  std::sort(points.begin(), points.end(), [](const PointF& a, const PointF& b) {
    return a.x < b.x || (a.x == b.x && a.y < b.y);
  });
  std::vector<PointF> hull;
  for (int pass = 0; pass < 2; ++pass) {
    const std::size_t start = hull.size();
    for (const PointF& point : points) {
      while (hull.size() >= start + 2 && cross(hull[hull.size() - 2], hull.back(), point) <= 0) {
        hull.pop_back();
      }
      hull.push_back(point);
    }
    hull.pop_back();
    std::reverse(points.begin(), points.end());
  }
  return hull;
}

PointF brow_center(const Landmarks& landmarks) {
  PointF sum;
  for (std::size_t i = kFirstBrow; i < kBrowsEnd; ++i) {
    sum.x += landmarks[i].x;
    sum.y += landmarks[i].y;
  }
  const auto count = static_cast<float>(kBrowsEnd - kFirstBrow);
  return {sum.x / count, sum.y / count};
}

at::Tensor filled(const std::vector<PointF>& crop_points, int size_px) {
  std::vector<PointF> polygon;
  for (const PointF& point : crop_points) {
    polygon.push_back(
        {point.x * static_cast<float>(size_px), point.y * static_cast<float>(size_px)});
  }
  return fill_polygon(polygon, size_px, size_px) > 0.5;
}

/// Everything between the jaw line and far above the brows.
at::Tensor face_region(const Landmarks& landmarks, int size_px) {
  const PointF brows = brow_center(landmarks);
  const PointF up = {(brows.x - landmarks[kChin].x) * kForeheadShare,
                     (brows.y - landmarks[kChin].y) * kForeheadShare};
  std::vector<PointF> points = landmarks;
  for (std::size_t i = kFirstBrow; i < kBrowsEnd; ++i) {
    points.push_back({landmarks[i].x + up.x, landmarks[i].y + up.y});
  }
  return filled(convex_hull(points), size_px);
}

/// The hull of a brow's points, widened by `margin` on every side.
at::Tensor brow_region(const Landmarks& landmarks, std::size_t first, float margin, int size_px) {
  std::vector<PointF> corners;
  for (std::size_t i = first; i < first + 5; ++i) {
    for (const float dx : {-margin, margin}) {
      for (const float dy : {-margin, margin}) {
        corners.push_back({landmarks[i].x + dx, landmarks[i].y + dy});
      }
    }
  }
  return filled(convex_hull(corners), size_px);
}

/// The label under every pixel centre of the crop, as FacePart.
at::Tensor sampled_parts(const Frame& labels, const std::vector<FacePart>& parts,
                         const CropSquare& square, int size_px) {
  at::Tensor sampled = at::zeros({size_px, size_px}, at::kByte);
  auto* out = sampled.data_ptr<std::uint8_t>();
  const double step = static_cast<double>(square.side) / size_px;
  for (int y = 0; y < size_px; ++y) {
    const auto row = static_cast<std::int64_t>(std::floor((y + 0.5) * step)) + square.y;
    for (int x = 0; x < size_px; ++x) {
      const auto column = static_cast<std::int64_t>(std::floor((x + 0.5) * step)) + square.x;
      if (row < 0 || column < 0 || row >= labels.height_px() || column >= labels.width_px()) {
        continue;
      }
      const std::size_t index = labels.data()[row * labels.width_px() + column];
      const FacePart part = index < parts.size() ? parts[index] : FacePart::kBackground;
      out[y * size_px + x] = static_cast<std::uint8_t>(part);
    }
  }
  return sampled;
}

at::Tensor is_part(const at::Tensor& sampled, FacePart part) {
  return sampled == static_cast<int>(part);
}

}  // namespace

at::Tensor label_classes(const Frame& labels, const std::vector<FacePart>& parts,
                         const CropSquare& square, const Landmarks& landmarks_crop, int size_px) {
  CHANGELING_REQUIRE(labels.format() == PixelFormat::kGray8, "labels are a grey picture");
  require_68(landmarks_crop);
  const at::Tensor sampled = sampled_parts(labels, parts, square, size_px);
  const float width = std::hypot(landmarks_crop[kJawEnd].x - landmarks_crop[0].x,
                                 landmarks_crop[kJawEnd].y - landmarks_crop[0].y);
  const at::Tensor brows =
      brow_region(landmarks_crop, kFirstBrow, kBrowMargin * width, size_px)
          .logical_or(brow_region(landmarks_crop, kFirstLeftBrow, kBrowMargin * width, size_px));
  const at::Tensor hair = is_part(sampled, FacePart::kHair);
  const at::Tensor skin =
      is_part(sampled, FacePart::kSkin).logical_or(is_part(sampled, FacePart::kFeature));
  const at::Tensor face =
      skin.logical_or(hair.logical_and(brows)).logical_and(face_region(landmarks_crop, size_px));
  at::Tensor classes = at::zeros_like(sampled);
  classes = classes.masked_fill(hair, kMaskHair);
  return classes.masked_fill(face, kMaskFace);
}

}  // namespace changeling

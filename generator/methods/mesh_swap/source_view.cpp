#include "generator/methods/mesh_swap/source_view.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "common/base/error.h"
#include "generator/methods/mesh_swap/face_layout.h"
#include "generator/methods/mesh_swap/piecewise_warp.h"

namespace changeling {
namespace {

constexpr int kMaxLevels = 5;
constexpr int kMinLevelSide = 16;
constexpr float kViewMargin = 0.1F;  // of the face size

FloatImage halved(const FloatImage& image) {
  FloatImage small((image.width_px + 1) / 2, (image.height_px + 1) / 2, image.channels);
  cv::Mat small_mat = as_mat(small);
  cv::resize(as_mat(image), small_mat, small_mat.size(), 0, 0, cv::INTER_AREA);
  return small;
}

int clamp_to(float value, int limit) {
  return static_cast<int>(std::clamp(value, 0.0F, static_cast<float>(limit)));
}

}  // namespace

PixelRect region_around(const std::vector<PointF>& points, float margin_px, int width_px,
                        int height_px) {
  const BBox box = bounding_box(points);
  const int left = clamp_to(std::floor(box.x - margin_px), width_px);
  const int top = clamp_to(std::floor(box.y - margin_px), height_px);
  const int right = clamp_to(std::ceil(box.right() + margin_px), width_px);
  const int bottom = clamp_to(std::ceil(box.bottom() + margin_px), height_px);
  return {left, top, right - left, bottom - top};
}

MeshView make_source_view(const Frame& frame, const Landmarks& landmarks) {
  MeshView view;
  view.mesh_points = extend_landmarks(landmarks);
  view.rect = region_around(view.mesh_points, kViewMargin * face_size_px(view.mesh_points),
                            frame.width_px(), frame.height_px());
  CHANGELING_REQUIRE(view.rect.width > 0 && view.rect.height > 0,
                     "the source face lies outside its frame");
  view.pyramid.push_back(to_lab(frame, view.rect));
  while (static_cast<int>(view.pyramid.size()) < kMaxLevels &&
         std::min(view.pyramid.back().width_px, view.pyramid.back().height_px) >=
             2 * kMinLevelSide) {
    view.pyramid.push_back(halved(view.pyramid.back()));
  }
  return view;
}

FloatImage sample_view(const MeshView& view, FloatImage source_xy, float shrink) {
  CHANGELING_REQUIRE(source_xy.channels == 2, "a map has two channels");
  const float octaves = std::log2(std::max(1.0F, shrink / 0.75F));
  const auto level = std::min(static_cast<std::size_t>(octaves), view.pyramid.size() - 1);
  const FloatImage& picture = view.pyramid[level];
  const float scale_x = static_cast<float>(picture.width_px) / static_cast<float>(view.rect.width);
  const float scale_y =
      static_cast<float>(picture.height_px) / static_cast<float>(view.rect.height);
  for (std::size_t i = 0; i < source_xy.values.size(); i += 2) {
    source_xy.values[i] = (source_xy.values[i] - static_cast<float>(view.rect.x)) * scale_x;
    source_xy.values[i + 1] = (source_xy.values[i + 1] - static_cast<float>(view.rect.y)) * scale_y;
  }
  return warp(picture, source_xy);
}

}  // namespace changeling

#include "generator/methods/mesh_swap/soft_mask.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr int kSubPixelBits = 4;
constexpr int kHangingRows = 48;
constexpr int kHangingColumns = 192;
constexpr float kFarPx = 1e6F;  // keeps fixed-point coordinates inside int

/// The polygon as 8-bit mask, 255 inside.
cv::Mat draw_polygon(const std::vector<PointF>& polygon, int width_px, int height_px,
                     int line_type) {
  cv::Mat mask = cv::Mat::zeros(height_px, width_px, CV_8U);
  std::vector<cv::Point> corners;
  corners.reserve(polygon.size());
  const auto fixed_point = [](float coordinate) {
    const float inside_range = std::clamp(coordinate - 0.5F, -kFarPx, kFarPx);
    return static_cast<int>(std::lround(inside_range * static_cast<float>(1 << kSubPixelBits)));
  };
  for (const PointF& point : polygon) {
    corners.emplace_back(fixed_point(point.x), fixed_point(point.y));
  }
  cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{corners}, cv::Scalar(255), line_type,
               kSubPixelBits);
  return mask;
}

}  // namespace

FloatImage polygon_mask(const std::vector<PointF>& polygon, int width_px, int height_px) {
  FloatImage out(width_px, height_px, 1);
  cv::Mat out_mat = as_mat(out);
  draw_polygon(polygon, width_px, height_px, cv::LINE_AA).convertTo(out_mat, CV_32F, 1.0 / 255.0);
  return out;
}

FloatImage distance_inside(const std::vector<PointF>& polygon, int width_px, int height_px) {
  const cv::Mat mask = draw_polygon(polygon, width_px, height_px, cv::LINE_8);
  FloatImage out(width_px, height_px, 1);
  cv::Mat out_mat = as_mat(out);
  if (cv::countNonZero(mask) == static_cast<int>(mask.total())) {
    out_mat.setTo(static_cast<double>(width_px) + height_px);  // no edge in sight
    return out;
  }
  cv::distanceTransform(mask, out_mat, cv::DIST_L2, cv::DIST_MASK_PRECISE, CV_32F);
  return out;
}

FloatImage hanging_from_top(const FloatImage& mask, PointF base, PointF top) {
  const float height = std::hypot(top.x - base.x, top.y - base.y);
  CHANGELING_REQUIRE(mask.channels == 1 && height > 0,
                     "a mask and two different points are needed");
  // Grid: rows from `top` (0) down to `base`, columns to both sides; one cell is height /
  // kHangingRows.
  const float cell = height / kHangingRows;
  const PointF down = {(base.x - top.x) / height * cell, (base.y - top.y) / height * cell};
  const PointF right = {down.y, -down.x};
  const float half_columns = kHangingColumns / 2.0F;
  const cv::Matx23f to_picture(right.x, down.x, top.x - half_columns * right.x - 0.5F,  //
                               right.y, down.y, top.y - half_columns * right.y - 0.5F);
  cv::Mat grid;
  cv::warpAffine(as_mat(mask), grid, to_picture, cv::Size(kHangingColumns, kHangingRows + 1),
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  for (int row = 1; row < grid.rows; ++row) {
    cv::Mat current = grid.row(row);
    cv::min(current, grid.row(row - 1), current);
  }
  FloatImage out(mask.width_px, mask.height_px, 1);
  cv::Mat out_mat = as_mat(out);
  cv::warpAffine(grid, out_mat, to_picture, out_mat.size(), cv::INTER_LINEAR, cv::BORDER_CONSTANT,
                 cv::Scalar(0));
  return out;
}

void blur(FloatImage& image, float sigma_px) {
  if (sigma_px <= 0) {
    return;
  }
  cv::Mat mat = as_mat(image);
  cv::GaussianBlur(mat, mat, cv::Size(), sigma_px, sigma_px, cv::BORDER_REPLICATE);
}

}  // namespace changeling

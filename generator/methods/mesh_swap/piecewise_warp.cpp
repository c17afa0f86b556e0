#include "generator/methods/mesh_swap/piecewise_warp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "common/base/error.h"
#include "common/base/upper_median.h"
#include "generator/methods/mesh_swap/face_layout.h"

namespace changeling {
namespace {

constexpr double kMinArea2 =
    1e-3;  // twice the area, px^2: thinner triangles hold no pixel worth drawing
constexpr float kConfidenceLow = 0.08F;
constexpr float kConfidenceHigh = 0.25F;

/// x and y of the source as affine functions of the target point.
struct Affine {
  std::array<double, 3> x{};
  std::array<double, 3> y{};
};

struct Corners {
  PointF a;
  PointF b;
  PointF c;

  [[nodiscard]] double area2() const { return signed_area2(a, b, c); }
};

Corners corners_of(const std::vector<PointF>& points, const Triangle& t) {
  return {points[static_cast<std::size_t>(t[0])], points[static_cast<std::size_t>(t[1])],
          points[static_cast<std::size_t>(t[2])]};
}

/// The affine function with values (fa, fb, fc) at the corners.
std::array<double, 3> affine_row(const Corners& t, double fa, double fb, double fc) {
  const double area = t.area2();
  const double ux = double(t.b.x) - t.a.x;
  const double uy = double(t.b.y) - t.a.y;
  const double vx = double(t.c.x) - t.a.x;
  const double vy = double(t.c.y) - t.a.y;
  const double gx = ((fb - fa) * vy - (fc - fa) * uy) / area;
  const double gy = ((fc - fa) * ux - (fb - fa) * vx) / area;
  return {gx, gy, fa - gx * t.a.x - gy * t.a.y};
}

Affine affine_between(const Corners& target, const Corners& source) {
  return {affine_row(target, source.a.x, source.b.x, source.c.x),
          affine_row(target, source.a.y, source.b.y, source.c.y)};
}

/// Widens [low, high] by the crossing of the line y = `y` with the edge p-q.
void widen_by_crossing(PointF p, PointF q, double y, double& low, double& high) {
  const double dy = double(q.y) - p.y;
  if (dy == 0 || (y - p.y) * (y - q.y) > 0) {
    return;
  }
  const double x = p.x + (y - p.y) / dy * (double(q.x) - p.x);
  low = std::min(low, x);
  high = std::max(high, x);
}

int clamp_to(double value, int limit) {
  return static_cast<int>(std::min(static_cast<double>(limit), std::max(0.0, value)));
}

/// Calls visit(x, y) for the pixels of a width x height region whose centre lies in the triangle.
template <typename Visit>
void for_each_pixel(const Corners& t, int width, int height, const Visit& visit) {
  constexpr double kEdge = 1e-4;  // pixels on a shared edge belong to both neighbours: no gaps
  const double top = std::min({t.a.y, t.b.y, t.c.y});
  const double bottom = std::max({t.a.y, t.b.y, t.c.y});
  const int last_row = clamp_to(std::ceil(bottom + 0.5), height);
  for (int row = clamp_to(std::floor(top - 0.5), height); row < last_row; ++row) {
    const double y = row + 0.5;
    double low = 1e30;
    double high = -1e30;
    widen_by_crossing(t.a, t.b, y, low, high);
    widen_by_crossing(t.b, t.c, y, low, high);
    widen_by_crossing(t.c, t.a, y, low, high);
    if (low > high) {
      continue;
    }
    const int last = clamp_to(std::floor(high + kEdge - 0.5) + 1, width);
    for (int x = clamp_to(std::ceil(low - kEdge - 0.5), width); x < last; ++x) {
      visit(x, row);
    }
  }
}

/// Area in the source per area in the target; 0 for triangles that must not be drawn.
std::vector<float> area_ratios(const MeshPair& mesh, const std::vector<Triangle>& triangles) {
  std::vector<float> ratios;
  ratios.reserve(triangles.size());
  for (const Triangle& t : triangles) {
    const double target = corners_of(mesh.target, t).area2();
    const double source = corners_of(mesh.source, t).area2();
    const bool drawable = target > kMinArea2 && source > kMinArea2;
    ratios.push_back(drawable ? static_cast<float>(source / target) : 0.0F);
  }
  return ratios;
}

float median_positive(std::vector<float> values) {
  values.erase(std::remove(values.begin(), values.end(), 0.0F), values.end());
  CHANGELING_REQUIRE(!values.empty(), "no triangle of the face mesh can be drawn");
  return upper_median(std::move(values));
}

bool touches_outline(const Triangle& t) {
  return is_outline_point(t[0]) || is_outline_point(t[1]) || is_outline_point(t[2]);
}

void draw_triangle(const Corners& target, const Affine& affine, float confidence, WarpMap& map) {
  for_each_pixel(target, map.covered.width_px, map.covered.height_px, [&](int x, int y) {
    const double px = x + 0.5;
    const double py = y + 0.5;
    map.source_xy.at(x, y, 0) =
        static_cast<float>(affine.x[0] * px + affine.x[1] * py + affine.x[2]);
    map.source_xy.at(x, y, 1) =
        static_cast<float>(affine.y[0] * px + affine.y[1] * py + affine.y[2]);
    map.covered.at(x, y) = 1;
    map.confidence.at(x, y) = confidence;
  });
}

/// The target shows this triangle and the source does not: no texture to be trusted.
void distrust_hidden(const Triangle& t, const Corners& target, WarpMap& map) {
  if (target.area2() > kMinArea2 && touches_outline(t)) {
    for_each_pixel(target, map.covered.width_px, map.covered.height_px,
                   [&](int x, int y) { map.confidence.at(x, y) = 0; });
  }
}

/// Where `weight` (0 or 1) is 0, `values`, which must be 0 there, become averages of ever larger
/// neighbourhoods: the picture is halved until everything is known, then filled from coarse to
/// fine.
void fill_unknown(cv::Mat values, const cv::Mat& weight) {
  if (cv::countNonZero(weight) == static_cast<int>(weight.total())) {
    return;
  }
  if (weight.rows == 1 && weight.cols == 1) {
    return;
  }
  const cv::Size half((weight.cols + 1) / 2, (weight.rows + 1) / 2);
  cv::Mat small_values;
  cv::Mat small_weight;
  cv::resize(values, small_values, half, 0, 0, cv::INTER_AREA);
  cv::resize(weight, small_weight, half, 0, 0, cv::INTER_AREA);
  cv::Mat known = small_weight > 0;
  cv::Mat divisor;
  cv::max(small_weight, 1e-12, divisor);
  cv::merge(std::vector<cv::Mat>{divisor, divisor}, divisor);
  cv::divide(small_values, divisor, small_values);
  cv::Mat binary;
  known.convertTo(binary, CV_32F, 1.0 / 255.0);
  fill_unknown(small_values, binary);
  cv::Mat filled;
  cv::resize(small_values, filled, weight.size(), 0, 0, cv::INTER_LINEAR);
  filled.copyTo(values, weight == 0);
}

}  // namespace

WarpMap piecewise_affine_map(const MeshPair& mesh, const std::vector<Triangle>& triangles,
                             int width_px, int height_px) {
  CHANGELING_REQUIRE(mesh.target.size() == mesh.source.size(),
                     "both meshes must have the same points");
  WarpMap map = {FloatImage(width_px, height_px, 2), FloatImage(width_px, height_px, 1),
                 FloatImage(width_px, height_px, 1, 1.0F)};
  const std::vector<float> ratios = area_ratios(mesh, triangles);
  const float median = median_positive(ratios);
  for (std::size_t i = 0; i < triangles.size(); ++i) {
    const Corners target = corners_of(mesh.target, triangles[i]);
    if (ratios[i] == 0.0F) {
      distrust_hidden(triangles[i], target, map);
      continue;
    }
    const Affine affine = affine_between(target, corners_of(mesh.source, triangles[i]));
    const float confidence = touches_outline(triangles[i])
                                 ? smooth_step(kConfidenceLow, kConfidenceHigh, ratios[i] / median)
                                 : 1.0F;
    draw_triangle(target, affine, confidence, map);
  }
  fill_unknown(as_mat(map.source_xy), as_mat(map.covered));
  return map;
}

FloatImage warp(const FloatImage& source, const FloatImage& source_xy) {
  CHANGELING_REQUIRE(source_xy.channels == 2, "a map has two channels");
  FloatImage out(source_xy.width_px, source_xy.height_px, source.channels);
  cv::Mat out_mat = as_mat(out);
  cv::Mat pixel_xy;
  cv::subtract(as_mat(source_xy), cv::Scalar(0.5, 0.5), pixel_xy);  // OpenCV's centres are integers
  cv::remap(as_mat(source), out_mat, pixel_xy, cv::noArray(), cv::INTER_CUBIC,
            cv::BORDER_REPLICATE);
  return out;
}

void smooth_map(WarpMap& map, float sigma_px) {
  if (sigma_px <= 0) {
    return;
  }
  cv::Mat xy = as_mat(map.source_xy);
  cv::GaussianBlur(xy, xy, cv::Size(), sigma_px, sigma_px, cv::BORDER_REPLICATE);
  cv::Mat confidence = as_mat(map.confidence);
  cv::GaussianBlur(confidence, confidence, cv::Size(), sigma_px, sigma_px, cv::BORDER_REPLICATE);
}

}  // namespace changeling

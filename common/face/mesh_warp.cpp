#include "common/face/mesh_warp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "common/base/delaunay.h"
#include "common/base/error.h"
#include "common/base/upper_median.h"
#include "common/face/average_face.h"
#include "common/face/face_crops.h"
#include "common/face/five_points.h"
#include "common/face/landmark_tensor.h"
#include "common/tensor/grid_sampling.h"
#include "common/tensor/parallel.h"
#include "common/tensor/transfer.h"

namespace changeling {
namespace {

constexpr std::size_t kFrameCount = 8;
constexpr double kGoodArea = 0.4;    // of the median triangle's share: seen well
constexpr double kHiddenArea = 0.1;  // seen edge-on

/// Points around the crop, far enough that a face inside the crop never reaches them. They lie at
/// the same place in both pictures: the surroundings stay where they are.
std::array<PointF, kFrameCount> frame_points() {
  constexpr float kNear = -0.75F;
  constexpr float kFar = 1.75F;
  constexpr float kMiddle = 0.5F;
  return {{{kNear, kNear},
           {kMiddle, kNear},
           {kFar, kNear},
           {kFar, kMiddle},
           {kFar, kFar},
           {kMiddle, kFar},
           {kNear, kFar},
           {kNear, kMiddle}}};
}

std::vector<PointF> with_frame(std::vector<PointF> face_points) {
  for (const PointF& point : frame_points()) {
    face_points.push_back(point);
  }
  return face_points;
}

/// One topology for every pair: the average face in the middle of the frame.
const std::vector<Triangle>& topology() {
  static const std::vector<Triangle> triangles = [] {
    constexpr float kUnitsPerCrop = 22.0F;  // the average face is about 17 high
    std::vector<PointF> points;
    for (const Point3F& p : average_face()) {
      points.push_back({0.5F + p.x / kUnitsPerCrop, 0.5F + p.y / kUnitsPerCrop});
    }
    return delaunay(with_frame(std::move(points)));
  }();
  return triangles;
}

bool is_face_triangle(const Triangle& triangle) {
  return std::all_of(triangle.begin(), triangle.end(),
                     [](int i) { return i < static_cast<int>(kFacePointCount); });
}

double area2(const std::vector<PointF>& points, const Triangle& t) {
  return signed_area2(points[static_cast<std::size_t>(t[0])],
                      points[static_cast<std::size_t>(t[1])],
                      points[static_cast<std::size_t>(t[2])]);
}

/// How far each triangle is from the viewer in the target, nearest last; the surroundings first.
std::vector<double> nearness(const Landmarks& target) {
  const std::vector<Point3F> lifted = lift_landmarks(target);
  std::vector<double> result;
  for (const Triangle& triangle : topology()) {
    double sum = 0;
    for (const int i : triangle) {
      // The forehead is never in front of anything; the surroundings are behind all.
      const bool is_landmark = i < static_cast<int>(kLandmarkCount);
      const bool is_forehead = !is_landmark && i < static_cast<int>(kFacePointCount);
      sum += is_landmark ? lifted[static_cast<std::size_t>(i)].z : (is_forehead ? -10 : -1000);
    }
    result.push_back(sum);
  }
  return result;
}

/// Validity per triangle.
std::vector<float> triangle_validity(const std::vector<PointF>& source,
                                     const std::vector<PointF>& target) {
  const std::vector<Triangle>& triangles = topology();
  std::vector<double> ratios;
  std::vector<double> of_face;
  for (const Triangle& triangle : triangles) {
    const double in_target = area2(target, triangle);
    const double ratio = in_target > 0 ? std::max(0.0, area2(source, triangle)) / in_target : 0.0;
    ratios.push_back(ratio);
    if (is_face_triangle(triangle) && in_target > 0) {
      of_face.push_back(ratio);
    }
  }
  const double median = std::max(upper_median(std::move(of_face), 1.0), 1e-9);
  std::vector<float> validity;
  for (std::size_t i = 0; i < triangles.size(); ++i) {
    const double share = (ratios[i] / median - kHiddenArea) / (kGoodArea - kHiddenArea);
    validity.push_back(
        is_face_triangle(triangles[i]) ? static_cast<float>(std::clamp(share, 0.0, 1.0)) : 1.0F);
  }
  return validity;
}

/// Where the map is written: one pixel is three floats, x and y of the source and the validity.
struct Canvas {
  int size_px = 0;
  float* grid = nullptr;
  float* validity = nullptr;

  void set(int x, int y, double source_x, double source_y, float value) {
    const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(size_px) +
                           static_cast<std::size_t>(x);
    grid[2 * at] = static_cast<float>(2 * source_x - 1);
    grid[2 * at + 1] = static_cast<float>(2 * source_y - 1);
    validity[at] = value;
  }
};

/// Writes the pixels whose centre lies in triangle a, b, c of the target.
void draw(Canvas& canvas, const std::array<PointF, 3>& target, const std::array<PointF, 3>& source,
          float validity) {
  const double area = signed_area2(target[0], target[1], target[2]);
  if (!(area > 1e-9)) {
    return;
  }
  const auto [left, right] = std::minmax({target[0].x, target[1].x, target[2].x});
  const auto [top, bottom] = std::minmax({target[0].y, target[1].y, target[2].y});
  const auto size = static_cast<double>(canvas.size_px);
  const auto first = [&](float edge) {
    return static_cast<int>(std::clamp(std::floor(edge * size - 0.5), 0.0, size));
  };
  const auto last = [&](float edge) {
    return static_cast<int>(std::clamp(std::ceil(edge * size + 0.5), 0.0, size));
  };
  constexpr double kEdge = -1e-6;  // pixels on a common edge belong to both triangles
  for (int y = first(top); y < last(bottom); ++y) {
    for (int x = first(left); x < last(right); ++x) {
      const PointF at = {static_cast<float>((x + 0.5) / size),
                         static_cast<float>((y + 0.5) / size)};
      const double u = signed_area2(target[1], target[2], at) / area;
      const double v = signed_area2(target[2], target[0], at) / area;
      const double w = 1 - u - v;
      if (u >= kEdge && v >= kEdge && w >= kEdge) {
        canvas.set(x, y, u * source[0].x + v * source[1].x + w * source[2].x,
                   u * source[0].y + v * source[1].y + w * source[2].y, validity);
      }
    }
  }
}

/// The map of a picture whose face is only moved, turned and scaled.
void fill_with_similarity(Canvas& canvas, const Landmarks& source, const Landmarks& target) {
  const CropTransform to_source = CropTransform::similarity(target, source);
  const auto size = static_cast<float>(canvas.size_px);
  for (int y = 0; y < canvas.size_px; ++y) {
    for (int x = 0; x < canvas.size_px; ++x) {
      const PointF at = to_source.to_crop(
          {(static_cast<float>(x) + 0.5F) / size, (static_cast<float>(y) + 0.5F) / size});
      canvas.set(x, y, at.x, at.y, 0);
    }
  }
}

std::array<PointF, 3> corners(const std::vector<PointF>& points, const Triangle& triangle) {
  return {points[static_cast<std::size_t>(triangle[0])],
          points[static_cast<std::size_t>(triangle[1])],
          points[static_cast<std::size_t>(triangle[2])]};
}

/// Every pixel of the map of one pair.
void draw_map(Canvas canvas, const Landmarks& source, const Landmarks& target) {
  const std::vector<PointF> source_points = with_frame(extend_landmarks(source));
  const std::vector<PointF> target_points = with_frame(extend_landmarks(target));
  fill_with_similarity(canvas, source, target);
  const std::vector<double> near = nearness(target);
  const std::vector<float> validity = triangle_validity(source_points, target_points);
  std::vector<std::size_t> order(near.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return near[a] < near[b]; });
  for (const std::size_t i : order) {
    draw(canvas, corners(target_points, topology()[i]), corners(source_points, topology()[i]),
         validity[i]);
  }
}

}  // namespace

MeshWarp mesh_warp(const Landmarks& source, const Landmarks& target, int resolution_px) {
  CHANGELING_REQUIRE(resolution_px > 0, "a warp needs a size > 0");
  require_68(source);
  require_68(target);
  MeshWarp warp;
  const at::TensorOptions options = at::TensorOptions().dtype(at::kFloat);
  warp.grid = at::empty({resolution_px, resolution_px, 2}, options);
  warp.validity = at::empty({1, resolution_px, resolution_px}, options);
  draw_map({resolution_px, warp.grid.data_ptr<float>(), warp.validity.data_ptr<float>()}, source,
           target);
  return warp;
}

at::Tensor mesh_warp_prior(const at::Tensor& images, const at::Tensor& source_landmarks,
                           const at::Tensor& target_landmarks) {
  CHANGELING_REQUIRE(images.dim() == 4 && images.size(2) == images.size(3),
                     "a warp prior needs images (N,C,R,R)");
  const std::int64_t count = images.size(0);
  for (const at::Tensor& landmarks : {source_landmarks, target_landmarks}) {
    CHANGELING_REQUIRE(landmarks.dim() == 3 && landmarks.size(0) == count &&
                           landmarks.size(1) == 68 && landmarks.size(2) == 2,
                       "a warp prior needs landmarks (N,68,2)");
  }
  const std::vector<Landmarks> sources = to_landmarks(source_landmarks);
  const std::vector<Landmarks> targets = to_landmarks(target_landmarks);
  for (const std::vector<Landmarks>& faces : {sources, targets}) {
    std::for_each(faces.begin(), faces.end(), require_68);
  }
  const std::int64_t side = images.size(2);
  const at::TensorOptions options = at::TensorOptions().dtype(at::kFloat);
  const at::Tensor grids = at::empty({count, side, side, 2}, options);
  const at::Tensor validity = at::empty({count, 1, side, side}, options);
  float* grid_of = grids.data_ptr<float>();
  float* validity_of = validity.data_ptr<float>();
  at::parallel_for(0, count, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const auto row = static_cast<std::size_t>(i);
      draw_map(
          {static_cast<int>(side), grid_of + 2 * i * side * side, validity_of + i * side * side},
          sources[row], targets[row]);
    }
  });
  const at::Tensor warped =
      at::grid_sampler(images.to(at::kFloat), move_to(grids, images.device()),
                       grid_sampling::kBilinear, grid_sampling::kBorder, false);
  return at::cat({warped, move_to(validity, images.device())}, 1);
}

at::Tensor blend_with_prior(const at::Tensor& warped, const at::Tensor& heads) {
  CHANGELING_REQUIRE(heads.dim() == 4 && heads.size(1) == 4 && warped.size(1) == 3,
                     "a warp prior is blended by an image and a mask");
  const at::Tensor mask = (heads.narrow(1, 3, 1) + 1) * 0.5;
  return warped * (1 - mask) + heads.narrow(1, 0, 3) * mask;
}

}  // namespace changeling

#include "common/nets/landmark_context.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/base/geometry.h"

namespace changeling {
namespace {

void require_landmarks(const at::Tensor& landmarks, int resolution_px) {
  CHANGELING_REQUIRE(landmarks.dim() == 3 && landmarks.size(2) == 2 &&
                         landmarks.scalar_type() == at::kFloat && resolution_px > 0,
                     "landmarks are float32 (N,L,2)");
}

/// Centres of `count` pixels in [0,1].
at::Tensor pixel_centres(std::int64_t count, const at::TensorOptions& options) {
  return (at::arange(count, options) + 0.5) / static_cast<double>(count);
}

/// Rows or columns first <= i < end of R whose pixel centres can lie within the support.
struct Range {
  int first = 0;
  int end = 0;
};

Range support(float centre, int resolution_px) {
  const auto bound = [&](double at) {
    // A NaN compares false and gives an empty range.
    return at > 0 ? static_cast<int>(std::min<double>(std::floor(at), resolution_px)) : 0;
  };
  return {bound((centre - kLandmarkMapRadius) * resolution_px),
          bound((centre + kLandmarkMapRadius) * resolution_px + 1)};
}

/// Sets the pixels of one R x R map near a landmark; beyond the support the map is 0 anyway.
void draw_disc(PointF centre, int resolution_px, float* map) {
  const Range rows = support(centre.y, resolution_px);
  const Range columns = support(centre.x, resolution_px);
  for (int row = rows.first; row < rows.end; ++row) {
    const float y = (static_cast<float>(row) + 0.5F) / static_cast<float>(resolution_px) - centre.y;
    for (int column = columns.first; column < columns.end; ++column) {
      const float x =
          (static_cast<float>(column) + 0.5F) / static_cast<float>(resolution_px) - centre.x;
      const float near = 1 - std::sqrt(x * x + y * y) / std::sqrt(2.0F);
      const float fourth = near * near * near * near;
      map[row * resolution_px + column] = std::max(0.0F, (fourth * fourth - 0.8F) / 0.2F);
    }
  }
}

}  // namespace

at::Tensor landmark_maps(const at::Tensor& landmarks, int resolution_px) {
  require_landmarks(landmarks, resolution_px);
  if (!landmarks.is_cpu()) {
    return whole_landmark_maps(landmarks, resolution_px);
  }
  const at::Tensor points = landmarks.contiguous();
  at::Tensor maps =
      at::zeros({points.size(0), points.size(1), resolution_px, resolution_px}, points.options());
  const std::int64_t count = points.size(0) * points.size(1);
  const std::int64_t map_size = static_cast<std::int64_t>(resolution_px) * resolution_px;
  for (std::int64_t i = 0; i < count; ++i) {
    const float* point = points.data_ptr<float>() + 2 * i;
    draw_disc({point[0], point[1]}, resolution_px, maps.data_ptr<float>() + i * map_size);
  }
  return maps;
}

at::Tensor whole_landmark_maps(const at::Tensor& landmarks, int resolution_px) {
  require_landmarks(landmarks, resolution_px);
  const at::Tensor centres = pixel_centres(resolution_px, landmarks.options());
  const at::Tensor squared_x = (centres - landmarks.select(2, 0).unsqueeze(-1)).square();
  const at::Tensor squared_y = (centres - landmarks.select(2, 1).unsqueeze(-1)).square();
  const at::Tensor distance = (squared_y.unsqueeze(-1) + squared_x.unsqueeze(-2)).sqrt();
  const at::Tensor near = 1 - distance / std::sqrt(2.0);
  const at::Tensor value = (near.square().square().square() - 0.8) / 0.2;
  // Beyond the diagonal `near` is negative and its power grows again. A NaN gives an empty map.
  return at::where((value > 0).logical_and(near > 0), value, at::zeros({}, value.options()));
}

at::Tensor landmark_maps_of(NetKind kind, const at::Tensor& landmarks, int resolution_px) {
  return kind == NetKind::kMsResUnetV1 ? landmark_maps_v1(landmarks, resolution_px)
                                       : landmark_maps(landmarks, resolution_px);
}

Pyramid with_landmark_maps(NetKind kind, const Pyramid& images, const at::Tensor& landmarks) {
  Pyramid input;
  for (const at::Tensor& level : images.levels) {
    const at::Tensor maps = landmark_maps_of(kind, landmarks, static_cast<int>(level.size(3)));
    input.levels.push_back(at::cat({level, maps.to(level.device())}, 1));
  }
  return input;
}

at::Tensor landmarks_from_maps(const at::Tensor& maps) {
  CHANGELING_REQUIRE(maps.dim() == 4 && maps.numel() > 0 && maps.scalar_type() == at::kFloat,
                     "heat maps are float32 (N,L,H,W)");
  const at::Tensor low = maps.amin({2, 3}, true);
  at::Tensor weights = (maps - low) / (maps.amax({2, 3}, true) - low);
  weights = at::where(weights < 0.5, at::zeros({}, weights.options()), weights);
  // One dimension at a time: long sums may be split over threads, by the size of the batch.
  const at::Tensor columns = weights.sum(2);
  const at::Tensor rows = weights.sum(3);
  const at::Tensor total = rows.sum(2);
  const at::Tensor x = (columns * pixel_centres(maps.size(3), maps.options())).sum(2) / total;
  const at::Tensor y = (rows * pixel_centres(maps.size(2), maps.options())).sum(2) / total;
  return at::stack({x, y}, 2);
}

at::Tensor landmark_maps_v1(const at::Tensor& landmarks, int resolution_px) {
  require_landmarks(landmarks, resolution_px);
  const auto scale = static_cast<double>(std::max(1L, std::lround(resolution_px / 128.0)));
  const double deviation = 0.25 * (6 * scale + 1);
  // The patch is centred one pixel left of and above the pixel that holds the landmark: the
  // original counts pixels from 1 there.
  const at::Tensor centre = (landmarks * resolution_px).floor().unsqueeze(-1) - 1;
  const at::Tensor offset = at::arange(resolution_px, landmarks.options()) - centre;
  const at::Tensor profile = (offset.square() / (-2 * deviation * deviation)).exp();
  const at::Tensor inside =
      (offset.abs() <= 3 * scale).logical_and((landmarks.narrow(2, 0, 1) > 0).unsqueeze(-1));
  const at::Tensor patch = at::where(inside, profile, at::zeros({}, profile.options()));
  return patch.select(2, 1).unsqueeze(-1) * patch.select(2, 0).unsqueeze(-2);
}

}  // namespace changeling

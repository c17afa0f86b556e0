#include "generator/methods/fsgan/crop_geometry.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/tensor/frame_tensor.h"
#include "common/tensor/grid_sampling.h"
#include "common/tensor/resample.h"

namespace changeling {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr std::int64_t kMaxSidePx = 65536;

struct Turn {
  double cosine;
  double sine;
};

Turn make_turn(double angle_deg) {
  return {std::cos(angle_deg * kPi / 180), std::sin(angle_deg * kPi / 180)};
}

/// Where each output pixel of an S x S image turned counter-clockwise reads: float (S,S,2), x and y
/// from -1 to 1 over the image. Computed in double; made on the device.
at::Tensor turn_grid(double angle_deg, std::int64_t side, c10::Device device) {
  const Turn turn = make_turn(angle_deg);
  const at::TensorOptions options = at::TensorOptions().dtype(at::kDouble).device(device);
  const at::Tensor centered = (at::arange(side, options) * 2 + 1) / static_cast<double>(side) - 1;
  const at::Tensor x = centered.view({1, -1});
  const at::Tensor y = centered.view({-1, 1});
  return at::stack({x * turn.cosine - y * turn.sine, x * turn.sine + y * turn.cosine}, 2)
      .to(at::kFloat);
}

}  // namespace

CropSquare crop_square(const BBox& box, double scale) {
  const double longer =
      std::max(std::nearbyint(box.width * scale), std::nearbyint(box.height * scale));
  CHANGELING_REQUIRE(box.area() > 0 && std::isfinite(box.x) && std::isfinite(box.y) &&
                         longer >= 1 && longer <= kMaxSidePx,
                     "a crop needs a box of 1 to 65536 px");
  const double center_x = box.x + box.width / 2.0;
  const double center_y = box.y + box.height / 2.0;
  constexpr double kFarPx = 1e9;
  const auto corner = [&](double center) {
    return static_cast<std::int64_t>(
        std::nearbyint(std::clamp(center - longer / 2, -kFarPx, kFarPx)));
  };
  return {corner(center_x), corner(center_y), static_cast<std::int64_t>(longer)};
}

Landmarks to_crop(Landmarks landmarks_px, const CropSquare& square) {
  const auto side = static_cast<double>(square.side);
  for (PointF& p : landmarks_px) {
    p = {static_cast<float>((p.x - static_cast<double>(square.x)) / side),
         static_cast<float>((p.y - static_cast<double>(square.y)) / side)};
  }
  return landmarks_px;
}

Landmarks to_frame(const Landmarks& landmarks_crop, const CropSquare& square) {
  const auto side = static_cast<double>(square.side);
  Landmarks result;
  result.reserve(landmarks_crop.size());
  for (const PointF& p : landmarks_crop) {
    result.push_back({static_cast<float>(p.x * side + static_cast<double>(square.x)),
                      static_cast<float>(p.y * side + static_cast<double>(square.y))});
  }
  return result;
}

at::Tensor take_crop(const Frame& frame, const CropSquare& square, int size_px) {
  CHANGELING_REQUIRE(frame.format() == PixelFormat::kRgb24, "a crop is taken from an RGB frame");
  // Only the part of the frame that the square shows is widened to float.
  const std::int64_t left = std::clamp<std::int64_t>(square.x, 0, frame.width_px() - 1);
  const std::int64_t top = std::clamp<std::int64_t>(square.y, 0, frame.height_px() - 1);
  const std::int64_t right =
      std::clamp<std::int64_t>(square.x + square.side, left + 1, frame.width_px());
  const std::int64_t bottom =
      std::clamp<std::int64_t>(square.y + square.side, top + 1, frame.height_px());
  const at::Tensor shown = to_tensor(frame)
                               .slice(0, top, bottom)
                               .slice(1, left, right)
                               .permute({2, 0, 1})
                               .to(at::kFloat);
  const Resampling kind =
      square.side > 2 * static_cast<std::int64_t>(size_px) ? Resampling::kArea : Resampling::kCubic;
  const PixelWindow window = {square.x - left, square.y - top, square.side, square.side};
  return resample_window(shown, window, size_px, size_px, kind).clamp(0, 255) * (2.0F / 255) - 1.0F;
}

at::Tensor turn_ccw(const at::Tensor& images, const std::vector<double>& angles_deg,
                    double border) {
  CHANGELING_REQUIRE(images.dim() == 4 && images.size(2) == images.size(3) &&
                         images.size(0) == static_cast<std::int64_t>(angles_deg.size()),
                     "turning needs (M,C,S,S) and M angles");
  std::vector<at::Tensor> turned;
  for (std::size_t i = 0; i < angles_deg.size(); ++i) {
    const at::Tensor image =
        images.slice(0, static_cast<std::int64_t>(i), static_cast<std::int64_t>(i) + 1);
    if (angles_deg[i] == 0) {
      turned.push_back(image);
      continue;
    }
    const at::Tensor grid = turn_grid(angles_deg[i], images.size(2), images.device()).unsqueeze(0);
    turned.push_back(at::grid_sampler_2d(image - border, grid, grid_sampling::kBicubic,
                                         grid_sampling::kZeros, false) +
                     border);
  }
  return turned.empty() ? images : at::cat(turned);
}

Landmarks turn_ccw(const Landmarks& landmarks_crop, double angle_deg) {
  const Turn turn = make_turn(angle_deg);
  Landmarks turned;
  turned.reserve(landmarks_crop.size());
  for (const PointF& p : landmarks_crop) {
    const double x = p.x - 0.5;
    const double y = p.y - 0.5;
    turned.push_back({static_cast<float>(turn.cosine * x + turn.sine * y + 0.5),
                      static_cast<float>(turn.cosine * y - turn.sine * x + 0.5)});
  }
  return turned;
}

}  // namespace changeling

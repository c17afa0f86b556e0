#include "generator/train/augmentation.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include "common/tensor/grid_sampling.h"

namespace changeling {
namespace {

constexpr std::int64_t kUnlabelled = -100;

double between(CounterRng& rng, double low, double high) {
  return low + (high - low) * rng.uniform();
}

/// A similarity of the crop: output place -> input place, both in [-1,1].
struct Placement {
  double a = 1;
  double b = 0;
  double shift_x = 0;
  double shift_y = 0;
};

Placement draw_placement(const AugmentationOptions& options, CounterRng& rng) {
  const double turn =
      between(rng, -options.max_turn_deg, options.max_turn_deg) * std::acos(-1.0) / 180;
  const double scale =
      std::exp(between(rng, std::log(options.min_scale), std::log(options.max_scale)));
  Placement placement;
  placement.a = std::cos(turn) / scale;
  placement.b = std::sin(turn) / scale;
  placement.shift_x = 2 * between(rng, -options.max_shift, options.max_shift);
  placement.shift_y = 2 * between(rng, -options.max_shift, options.max_shift);
  return placement;
}

at::Tensor sampling_matrix(const Placement& p) {
  return at::tensor({p.a, -p.b, p.shift_x, p.b, p.a, p.shift_y},
                    at::TensorOptions().dtype(at::kFloat))
      .view({2, 3});
}

/// Where the landmarks (68,2) of the input lie in the output.
at::Tensor moved_landmarks(const at::Tensor& landmarks, const Placement& p) {
  const at::Tensor x = landmarks.select(1, 0) * 2 - 1 - p.shift_x;
  const at::Tensor y = landmarks.select(1, 1) * 2 - 1 - p.shift_y;
  const double norm = p.a * p.a + p.b * p.b;
  const at::Tensor u = (x * p.a + y * p.b) / norm;
  const at::Tensor v = (y * p.a - x * p.b) / norm;
  return at::stack({(u + 1) / 2, (v + 1) / 2}, 1);
}

FaceBatch placed(const FaceBatch& batch, const AugmentationOptions& options, CounterRng& rng) {
  const c10::Device device = batch.images.device();
  const at::Tensor points = batch.landmarks.to(at::kCPU);  // a few numbers: not worth launches
  std::vector<at::Tensor> matrices;
  std::vector<at::Tensor> landmarks;
  for (std::int64_t i = 0; i < batch.images.size(0); ++i) {
    const Placement placement = draw_placement(options, rng);
    matrices.push_back(sampling_matrix(placement));
    landmarks.push_back(moved_landmarks(points[i], placement));
  }
  const at::Tensor grid =
      at::affine_grid_generator(at::stack(matrices).to(device), batch.images.sizes(), false);
  FaceBatch result;
  result.images =
      at::grid_sampler(batch.images, grid, grid_sampling::kBilinear, grid_sampling::kBorder, false);
  result.landmarks = at::stack(landmarks).to(device);
  if (batch.classes.defined()) {
    // Shifted so that what lies outside the crop, filled with 0, reads "not labelled".
    const at::Tensor shifted = (batch.classes - kUnlabelled).to(at::kFloat).unsqueeze(1);
    result.classes =
        at::grid_sampler(shifted, grid, grid_sampling::kNearest, grid_sampling::kZeros, false)
            .squeeze(1)
            .round()
            .to(at::kLong) +
        kUnlabelled;
  }
  return result;
}

at::Tensor recolored(const at::Tensor& image, double jitter, CounterRng& rng) {
  const auto factor = [&] { return between(rng, 1 - jitter, 1 + jitter); };
  at::Tensor result = (image + 1) / 2;
  result = result * factor();
  const at::Tensor mean = result.mean();
  result = (result - mean) * factor() + mean;
  const at::Tensor gray =
      (result.select(0, 0) * 0.299 + result.select(0, 1) * 0.587 + result.select(0, 2) * 0.114)
          .unsqueeze(0);
  result = (result - gray) * factor() + gray;
  return result.clamp(0, 1) * 2 - 1;
}

/// 1 4 6 4 1 in both directions, borders replicated.
at::Tensor blurred(const at::Tensor& image) {
  const at::Tensor row = at::tensor({1.0, 4.0, 6.0, 4.0, 1.0}, image.options()) / 16;
  const at::Tensor kernel = at::ger(row, row).expand({3, 1, 5, 5}).contiguous();
  return at::conv2d(at::replication_pad2d(image.unsqueeze(0), {2, 2, 2, 2}), kernel, {}, {1, 1},
                    at::IntArrayRef({0, 0}), {1, 1}, 3)
      .squeeze(0);
}

}  // namespace

FaceBatch augmented(const FaceBatch& batch, const AugmentationOptions& options, CounterRng& rng) {
  std::vector<bool> flip;
  for (std::int64_t i = 0; i < batch.images.size(0); ++i) {
    flip.push_back(rng.uniform() < options.flip_share);
  }
  FaceBatch result = placed(flipped(batch, flip), options, rng);
  std::vector<at::Tensor> images;
  for (at::Tensor image : result.images.unbind(0)) {
    image = recolored(image, options.color_jitter, rng);
    images.push_back(rng.uniform() < options.blur_share ? blurred(image) : image);
  }
  result.images = at::stack(images);
  return result;
}

}  // namespace changeling

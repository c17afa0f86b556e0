#include "generator/methods/fsgan/source_detail.h"

#include <ATen/ATen.h>

#include "common/face/mesh_warp.h"
#include "common/tensor/resample.h"

namespace changeling {
namespace {

constexpr std::size_t kLandmarks = 68;
constexpr double kStrange = 0.4;  // mean difference of the channels: another picture
constexpr double kMostContrast = 1.5;
constexpr double kLeastContrast = 0.5;

at::Tensor sized(const at::Tensor& image, std::int64_t side, Resampling kind) {
  return image.size(2) == side ? image : resample(image, side, side, kind);
}

/// A view in the target's shape: (3,D,D), and how well it shows the surface, (1,S,S).
struct BentView {
  at::Tensor fine;
  at::Tensor validity;
};

BentView bend(const ViewCrop& crop, const Landmarks& target, std::int64_t side) {
  const MeshWarp warp = mesh_warp(crop.landmarks, target, static_cast<int>(side));
  const at::Tensor grid =
      sized(warp.grid.permute({2, 0, 1}).contiguous(), crop.detail.size(2), Resampling::kLinear)
          .permute({1, 2, 0})
          .unsqueeze(0);
  constexpr std::int64_t kBilinear = 0;
  constexpr std::int64_t kBorder = 1;
  return {at::grid_sampler_2d(crop.detail.unsqueeze(0), grid, kBilinear, kBorder, false)[0],
          warp.validity};
}

/// Mean and deviation of every channel where the face is, (3,1,1) each.
struct Tone {
  at::Tensor mean;
  at::Tensor deviation;

  Tone(const at::Tensor& image, const at::Tensor& alpha) {
    const at::Tensor total = alpha.sum();
    mean = (image * alpha).sum({1, 2}, true) / total;
    deviation = ((image - mean).square() * alpha).sum({1, 2}, true).div(total).sqrt();
  }
};

/// What one view adds to the painted face, (3,D,D).
at::Tensor detail_of(const BentView& view, const at::Tensor& painted, const at::Tensor& alpha,
                     const Tone& wanted) {
  const std::int64_t side = painted.size(2);
  const std::int64_t fine_side = view.fine.size(2);
  const at::Tensor coarse = sized(view.fine, side, Resampling::kArea);
  const Tone tone(coarse, alpha);
  const at::Tensor contrast =
      (wanted.deviation / tone.deviation.clamp_min(1e-3)).clamp(kLeastContrast, kMostContrast);
  const at::Tensor alike = (coarse - tone.mean) * contrast + wanted.mean;
  const at::Tensor difference = (alike - painted).abs().mean(0, true);
  const at::Tensor trust = (1 - difference / kStrange).clamp(0, 1) * view.validity;
  return (view.fine - sized(coarse, fine_side, Resampling::kCubic)) * contrast *
         sized(trust, fine_side, Resampling::kLinear);
}

}  // namespace

at::Tensor with_source_detail(const at::Tensor& painted, const at::Tensor& alpha,
                              const std::vector<DetailView>& views, const Landmarks& target) {
  at::Tensor face = painted;
  const bool is_empty = alpha.sum().item<float>() <= 0;
  const Tone wanted(painted, is_empty ? at::ones_like(alpha) : alpha);
  for (const DetailView& view : views) {
    const bool is_usable = view.crop.detail.defined() && view.crop.landmarks.size() == kLandmarks &&
                           target.size() == kLandmarks;
    if (!is_usable) {
      continue;
    }
    face = sized(face, view.crop.detail.size(2), Resampling::kCubic);
    if (!is_empty) {
      face = face + view.weight *
                        detail_of(bend(view.crop, target, painted.size(2)), painted, alpha, wanted);
    }
  }
  return face.clamp(-1, 1);
}

}  // namespace changeling

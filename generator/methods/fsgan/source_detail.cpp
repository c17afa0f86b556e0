#include "generator/methods/fsgan/source_detail.h"

#include <ATen/ATen.h>

#include "common/face/average_face.h"
#include "common/face/mesh_warp.h"
#include "common/tensor/grid_sampling.h"
#include "common/tensor/resample.h"

namespace changeling {
namespace {

constexpr double kStrange = 0.4;  // mean difference of the channels: another picture
constexpr double kMostContrast = 1.5;
constexpr double kLeastContrast = 0.5;

at::Tensor sized(const at::Tensor& image, std::int64_t side, Resampling kind) {
  return image.size(2) == side ? image : resample(image, side, side, kind);
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

}  // namespace

SourceDetail::SourceDetail(const std::vector<DetailView>& views, const Landmarks& target) {
  for (const DetailView& view : views) {
    if (view.crop.detail.defined() && view.crop.landmarks.size() == kLandmarkCount &&
        target.size() == kLandmarkCount) {
      views_.push_back(bend(view, target));
    }
  }
}

SourceDetail::BentView SourceDetail::bend(const DetailView& view, const Landmarks& target) {
  const std::int64_t side = view.crop.image.size(2);
  const std::int64_t fine_side = view.crop.detail.size(2);
  const MeshWarp warp = mesh_warp(view.crop.landmarks, target, static_cast<int>(side));
  const at::Tensor grid =
      sized(warp.grid.permute({2, 0, 1}).contiguous(), fine_side, Resampling::kLinear)
          .permute({1, 2, 0})
          .unsqueeze(0);
  const at::Tensor bent =
      at::grid_sampler_2d(view.crop.detail.unsqueeze(0), grid, grid_sampling::kBilinear,
                          grid_sampling::kBorder, false)[0];
  const at::Tensor coarse = sized(bent, side, Resampling::kArea);
  return {coarse, bent - sized(coarse, fine_side, Resampling::kCubic), warp.validity, view.weight};
}

at::Tensor SourceDetail::add_to(const at::Tensor& painted, const at::Tensor& alpha) const {
  at::Tensor face = painted;
  const bool is_empty = alpha.sum().item<float>() <= 0;
  const Tone wanted(painted, is_empty ? at::ones_like(alpha) : alpha);
  for (const BentView& view : views_) {
    const std::int64_t fine_side = view.fine.size(2);
    face = sized(face, fine_side, Resampling::kCubic);
    if (is_empty) {
      continue;
    }
    const Tone tone(view.coarse, alpha);
    const at::Tensor contrast =
        (wanted.deviation / tone.deviation.clamp_min(1e-3)).clamp(kLeastContrast, kMostContrast);
    const at::Tensor alike = (view.coarse - tone.mean) * contrast + wanted.mean;
    const at::Tensor difference = (alike - painted).abs().mean(0, true);
    const at::Tensor trust = (1 - difference / kStrange).clamp(0, 1) * view.validity;
    face =
        face + view.weight * (view.fine * contrast * sized(trust, fine_side, Resampling::kLinear));
  }
  return face.clamp(-1, 1);
}

}  // namespace changeling

#include "generator/methods/fsgan/source_detail.h"

#include <ATen/ATen.h>

#include "common/face/average_face.h"
#include "common/face/mesh_warp.h"
#include "common/tensor/grid_sampling.h"
#include "common/tensor/image_ops.h"
#include "common/tensor/resample.h"

namespace changeling {
namespace {

constexpr double kCoarsePx = 3.5;  // of the painted face: what is finer, the views know better
// Mean difference of the channels: the same picture in another light, and another picture.
constexpr double kAlike = 0.2;
constexpr double kStrange = 0.4;
constexpr double kMostContrast = 1.5;
constexpr double kLeastContrast = 0.8;
constexpr double kShadingShare = 3. / 32;  // of the crop: a Gaussian that leaves light and shade

at::Tensor sized(const at::Tensor& image, std::int64_t side, Resampling kind) {
  return image.size(2) == side ? image : resample(image, side, side, kind);
}

/// All but the fine detail of (3,S,S).
at::Tensor coarse_of(const at::Tensor& image) {
  return gaussian_blur(image.unsqueeze(0), kCoarsePx)[0];
}

/// Mean of every channel and deviation of its shading where the face is, (3,1,1) each. Shading
/// alone is as strong in a soft picture as in a sharp one.
struct Tone {
  at::Tensor mean;
  at::Tensor deviation;

  Tone(const at::Tensor& image, const at::Tensor& alpha) {
    const at::Tensor total = alpha.sum();
    const double shading_px = kShadingShare * static_cast<double>(image.size(2));
    const at::Tensor shading = gaussian_blur(image.unsqueeze(0), shading_px)[0];
    mean = (image * alpha).sum({1, 2}, true) / total;
    deviation = ((shading - mean).square() * alpha).sum({1, 2}, true).div(total).sqrt();
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
      at::grid_sampler_2d(view.crop.detail.unsqueeze(0), grid, grid_sampling::kBicubic,
                          grid_sampling::kBorder, false)[0];
  const at::Tensor coarse = coarse_of(sized(bent, side, Resampling::kArea));
  return {coarse, bent - sized(coarse, fine_side, Resampling::kCubic), warp.validity, view.weight};
}

at::Tensor SourceDetail::add_to(const at::Tensor& painted, const at::Tensor& alpha) const {
  if (views_.empty()) {
    return painted.clamp(-1, 1);
  }
  const std::int64_t fine_side = views_.front().fine.size(2);
  at::Tensor face = sized(painted, fine_side, Resampling::kCubic);
  if (alpha.sum().item<float>() <= 0) {
    return face.clamp(-1, 1);
  }
  const at::Tensor broad = coarse_of(painted);
  const at::Tensor own = sized(painted - broad, fine_side, Resampling::kCubic);
  const Tone wanted(broad, alpha);
  for (const BentView& view : views_) {
    const Tone tone(view.coarse, alpha);
    const at::Tensor contrast =
        (wanted.deviation / tone.deviation.clamp_min(1e-3)).clamp(kLeastContrast, kMostContrast);
    const at::Tensor alike = (view.coarse - tone.mean) * contrast + wanted.mean;
    const at::Tensor difference = (alike - broad).abs().mean(0, true);
    const at::Tensor trust =
        ((kStrange - difference) / (kStrange - kAlike)).clamp(0, 1) * view.validity;
    const at::Tensor share = sized(trust, fine_side, Resampling::kLinear) * view.weight;
    face = face + share * (view.fine * contrast - own);
  }
  return face.clamp(-1, 1);
}

}  // namespace changeling

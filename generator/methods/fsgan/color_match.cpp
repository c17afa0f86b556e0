#include "generator/methods/fsgan/color_match.h"

#include <vector>

#include <ATen/ATen.h>

namespace changeling {
namespace {

constexpr std::int64_t kLeastPixels = 64;
constexpr double kOutlierDeviations = 2.5;
constexpr double kMinGain = 0.7;
constexpr double kMaxGain = 1.3;
constexpr double kLeastDeviation = 1e-3;
constexpr double kLikelyDeviations = 2;
constexpr double kUnlikelyDeviations = 3.5;
constexpr double kLeastLumaDeviation = 0.15;  // of [-1,1]
constexpr double kLeastColorDeviation = 0.05;

struct Statistics {
  at::Tensor mean;       ///< (3,1)
  at::Tensor deviation;  ///< (3,1)
};

/// RGB to luma and colour differences, BT.601; its rows are orthogonal enough to be matched alone.
at::Tensor opponent_axes(const at::Tensor& like) {
  return at::tensor({0.299, 0.587, 0.114, -0.168736, -0.331264, 0.5, 0.5, -0.418688, -0.081312},
                    at::kDouble)
      .reshape({3, 3})
      .to(like.device());
}

Statistics statistics_of(const at::Tensor& pixels) {
  const at::Tensor mean = pixels.mean(1, true);
  return {mean, (pixels - mean).square().mean(1, true).sqrt()};
}

/// Of pixels (3,n), less those far from the mean.
Statistics robust_statistics(const at::Tensor& pixels) {
  const Statistics all = statistics_of(pixels);
  const at::Tensor is_kept =
      ((pixels - all.mean).abs() <= kOutlierDeviations * all.deviation).all(0);
  return is_kept.any().item<bool>()
             ? statistics_of(pixels.index_select(1, is_kept.nonzero().flatten()))
             : all;
}

/// Colours (3,S*S) of an image (3,S,S) in double: luma and colour differences.
at::Tensor opponent_colors(const at::Tensor& image) {
  return opponent_axes(image).matmul(image.flatten(1).to(at::kDouble));
}

/// Indices of the pixels that are set in mask (S,S).
at::Tensor pixels_of(const at::Tensor& mask) {
  return mask.flatten().nonzero().flatten();
}

/// One face (3,S,S) with the colours of another; both are counted where mask (S,S) is set.
at::Tensor matched(const at::Tensor& face, const at::Tensor& target, const at::Tensor& mask) {
  const at::Tensor counted = pixels_of(mask);
  if (counted.size(0) < kLeastPixels) {
    return face;
  }
  const at::Tensor colors = opponent_colors(face);
  const Statistics from = robust_statistics(colors.index_select(1, counted));
  const Statistics to = robust_statistics(opponent_colors(target).index_select(1, counted));
  const at::Tensor gain =
      (to.deviation / from.deviation.clamp_min(kLeastDeviation)).clamp(kMinGain, kMaxGain);
  const at::Tensor moved = (colors - from.mean) * gain + to.mean;
  return opponent_axes(face).inverse().matmul(moved).clamp(-1, 1).to(at::kFloat).view(face.sizes());
}

/// One image (3,S,S) and mask (S,S) -> (1,S,S).
at::Tensor likelihood(const at::Tensor& image, const at::Tensor& mask) {
  const at::Tensor counted = pixels_of(mask);
  if (counted.size(0) < kLeastPixels) {
    return at::ones_like(image.narrow(0, 0, 1));
  }
  const at::Tensor colors = opponent_colors(image);
  const Statistics face = robust_statistics(colors.index_select(1, counted));
  const at::Tensor least =
      at::tensor({kLeastLumaDeviation, kLeastColorDeviation, kLeastColorDeviation}, at::kDouble)
          .view({3, 1})
          .to(image.device());
  const at::Tensor distance =
      ((colors - face.mean) / at::maximum(face.deviation, least)).square().sum(0).sqrt();
  const at::Tensor ramp =
      ((kUnlikelyDeviations - distance) / (kUnlikelyDeviations - kLikelyDeviations)).clamp(0, 1);
  return (ramp * ramp * (3 - 2 * ramp)).to(at::kFloat).view_as(image.narrow(0, 0, 1));
}

}  // namespace

at::Tensor color_likelihood(const at::Tensor& images, const at::Tensor& masks) {
  std::vector<at::Tensor> each;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    each.push_back(likelihood(images[i], masks[i][0].gt(0.5)));
  }
  return at::stack(each);
}

ReenactedBatch match_color(const AlignedBatch& aligned, ReenactedBatch reenacted) {
  const at::Tensor both = (aligned.face_mask * reenacted.face_mask).gt(0.5).squeeze(1);
  std::vector<at::Tensor> faces;
  for (std::int64_t i = 0; i < both.size(0); ++i) {  // one by one: sums do not depend on the batch
    faces.push_back(matched(reenacted.painted[i], aligned.target[i], both[i]));
  }
  reenacted.painted = at::stack(faces);
  return reenacted;
}

}  // namespace changeling

// generator/train/losses.h: what the FSGAN networks are trained to minimise. Layer 6, Torch only.
// Source: FSGAN (arXiv 1908.05932) as its reference code computes it. Images are float32 (N,3,R,R)
// in [-1,1]; every loss is a scalar tensor that gradients flow through.
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

namespace changeling {

/// L_pixel: mean |a - b|; of two class maps also the segmentation term of G_r and the reenactment
/// term of G_s. With `weight` (N,1,R,R): the mean of weight * |a - b| over all values.
[[nodiscard]] at::Tensor pixel_loss(const at::Tensor& a, const at::Tensor& b,
                                    const at::Tensor& weight = {});

/// Mean |difference| of the horizontal and of the vertical neighbour differences of a and b,
/// summed: keeps edges that pixel_loss alone would blur.
[[nodiscard]] at::Tensor gradient_loss(const at::Tensor& a, const at::Tensor& b,
                                       const at::Tensor& weight = {});

/// One feature map of a perceptual net and what it counts.
struct FeatureTap {
  at::Tensor value;  ///< (N,C,h,w)
  double weight = 1;
};

/// L_perc: sum over the taps of weight * mean |f(image) - f(goal)|. No gradient into `goal`. Throws
/// Error(kInternal) unless both have the same taps.
[[nodiscard]] at::Tensor perceptual_loss(const std::vector<FeatureTap>& image,
                                         const std::vector<FeatureTap>& goal);

/// Generator's part of L_adv, least squares: sum over the scales of mean (D - 1)^2.
[[nodiscard]] at::Tensor generator_adversarial_loss(const std::vector<at::Tensor>& fake_scores);

/// Discriminator's loss: half of sum mean (D(real) - 1)^2 + sum mean D(fake)^2.
[[nodiscard]] at::Tensor discriminator_loss(const std::vector<at::Tensor>& real_scores,
                                            const std::vector<at::Tensor>& fake_scores);

/// L_CE of G_s: mean cross-entropy of logits (N,C,R,R) and classes int64 (N,R,R); pixels of class
/// `ignore` (-100) do not count. Throws Error(kInput) when no pixel counts.
[[nodiscard]] at::Tensor segmentation_loss(const at::Tensor& logits, const at::Tensor& classes);

/// Reenactment term of G_s: L_pixel of its class shares (softmax) of a picture and of the picture
/// reenacted onto its own landmarks, logits (N,C,R,R) of both. No gradient into `logits`: what G_s
/// says of the real picture is the goal.
[[nodiscard]] at::Tensor reenacted_segmentation_loss(const at::Tensor& logits,
                                                     const at::Tensor& reenacted_logits);

/// Weights of L_rec; a term of weight 0 is not computed.
struct ReconstructionWeights {
  double pixel = 0.1;
  double perceptual = 1;
  double gradient = 0;
};

/// Stepwise consistency (v1): half of the direct result's loss and half of what came out of the
/// steps. Both scalars.
[[nodiscard]] at::Tensor stepwise_loss(const at::Tensor& direct, const at::Tensor& stepped);

}  // namespace changeling

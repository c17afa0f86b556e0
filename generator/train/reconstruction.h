// generator/train/reconstruction.h: L_rec, the part of the loss that G_r, G_c and G_b share. Layer
// 6, Torch only.
#pragma once

#include "generator/train/losses.h"
#include "generator/train/perceptual_net.h"
#include "generator/train/recipe.h"

namespace changeling {

/// The loss of `made` against `truth`, both (N,3,R,R), with its terms; the discriminators are given
/// the same two. landmarks (N,68,2): where the perceptual net looks; without one (null) its term is
/// left out. `weight` (N,1,R,R), may be undefined: of the pixels, in the other terms.
[[nodiscard]] StepOutput reconstruction(const at::Tensor& made, const at::Tensor& truth,
                                        const at::Tensor& landmarks,
                                        const ReconstructionWeights& weights,
                                        const PerceptualNet* perception,
                                        const at::Tensor& weight = {});

}  // namespace changeling

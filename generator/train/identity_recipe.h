// generator/train/identity_recipe.h: trains VGG-19 to tell people apart, for the perceptual loss of
// the other trainings (FSGAN, section 3.2: a network that was trained on faces). Layer 6, Torch
// only.
#pragma once

#include <memory>

#include "generator/train/augmentation.h"
#include "generator/train/face_set.h"
#include "generator/train/recipe.h"

namespace changeling {

struct IdentityOptions {
  int ngf = 16;  ///< 64 at full size
  AugmentationOptions augmentation;
};

/// VGG-19 with batch norm: crop -> logits over the people of `train`, cross-entropy; people are
/// drawn uniformly, then their crops. The people of `validation` are others, so it is measured by
/// verification: 1 - AUC of the cosine of two crops' logits, pairs of one person against pairs of
/// two. Throws Error(kInput): one person alone in a part, no person of `validation` with two crops,
/// crops whose side is no multiple of 32.
[[nodiscard]] std::unique_ptr<Recipe> make_identity_recipe(FaceSet train, FaceSet validation,
                                                           const IdentityOptions& options);

/// 1 - AUC of telling the persons of unit-free embeddings float32 (N,D) apart by their cosines, all
/// pairs. Throws Error(kInput) unless there are pairs of one person and of two.
[[nodiscard]] double verification_error(const at::Tensor& embeddings,
                                        const std::vector<std::int64_t>& person);

}  // namespace changeling

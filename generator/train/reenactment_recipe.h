// generator/train/reenactment_recipe.h: trains G_r on pairs of frames of one video. Layer 6, Torch
// only.
#pragma once

#include <cstdint>
#include <memory>

#include "generator/train/pair_recipe.h"

namespace changeling {

/// What G_r starts from.
enum class ReenactmentPrior {
  kNone,      ///< FSGAN: the source view alone
  kMeshWarp,  ///< also the view bent onto the target's landmarks (common/face/mesh_warp.h)
};

struct ReenactmentOptions {
  int ngf = 32;
  ReenactmentPrior prior = ReenactmentPrior::kMeshWarp;
  ReconstructionWeights weights{1, 0.1, 1};
  /// Of pixels labelled as other than face; face and unlabelled ones count 1.
  double background_weight = 0.15;
  /// Also through the pose halfway, the made picture being the source of the second half: that
  /// result's loss counts as much as the direct one's (FSGAN v1). Three passes a step, not one.
  bool is_stepwise = false;
  int max_validation_pairs = 256;
};

/// G_r: (source crop, target landmarks) -> target crop, both from one video; target pixels are the
/// truth. `perception` may be null: then the perceptual term is left out.
[[nodiscard]] std::unique_ptr<Recipe> make_reenactment_recipe(
    FaceSet train, FaceSet validation, std::shared_ptr<const PerceptualNet> perception,
    const ReenactmentOptions& options);

/// The network's input before its landmark maps: images (N,3,R,R), with a prior (N,7,R,R).
[[nodiscard]] at::Tensor reenactment_images(ReenactmentPrior prior, const at::Tensor& images,
                                            const at::Tensor& source_landmarks,
                                            const at::Tensor& target_landmarks);

}  // namespace changeling

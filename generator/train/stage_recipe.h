// generator/train/stage_recipe.h: trains G_c and G_b, the networks that follow G_r. Layer 6, Torch
// only.
#pragma once

#include <memory>

#include "generator/train/pair_recipe.h"
#include "generator/train/swap_stages.h"

namespace changeling {

struct StageOptions {
  int ngf = 32;
  ReconstructionWeights weights{1, 0.1, 1};
  bool starts_from_input = true;  ///< input_prior.h
  int max_validation_pairs = 256;
};

/// G_c: the face of I_r less a random occluder (occlusion.h), and the target's mask -> the target's
/// face; -1 outside the mask, which the loss does not look at. A pair shows one person.
[[nodiscard]] PairExamples inpainting_examples(const SwapStages& stages, const FaceBatch& source,
                                               const FaceBatch& target, CounterRng& rng);

/// G_b: the source's face pasted on the target, the target, the mask -> their Poisson clone
/// (poisson_solver.h). A pair shows two people.
[[nodiscard]] PairExamples blending_examples(const SwapStages& stages, const FaceBatch& source,
                                             const FaceBatch& target);

/// Networks of `nets` must lie on the device that is trained on. `perception` may be null: then the
/// perceptual term is left out. Throw Error(kInput) as StagePairDrawer does.
[[nodiscard]] std::unique_ptr<Recipe> make_inpainting_recipe(
    FaceSet train, FaceSet validation, std::shared_ptr<const PerceptualNet> perception,
    TrainedNets nets, const StageOptions& options);
[[nodiscard]] std::unique_ptr<Recipe> make_blending_recipe(
    FaceSet train, FaceSet validation, std::shared_ptr<const PerceptualNet> perception,
    TrainedNets nets, const StageOptions& options);

}  // namespace changeling

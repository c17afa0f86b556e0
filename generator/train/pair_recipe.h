// generator/train/pair_recipe.h: how G_r, G_c and G_b are trained alike: pairs of crops become an
// input and a goal, and L_rec compares. Layer 6, Torch only.
#pragma once

#include <memory>
#include <vector>

#include "common/tensor/pyramid.h"
#include "generator/train/face_set.h"
#include "generator/train/losses.h"
#include "generator/train/perceptual_net.h"
#include "generator/train/recipe.h"

namespace changeling {

/// What a network is given and what it should make of it.
struct PairExamples {
  at::Tensor input;             ///< (N,C,R,R), as in a swap, without landmark maps
  at::Tensor goal;              ///< (N,3,R,R)
  at::Tensor mask;              ///< (N,1,R,R) where the result is used; undefined = everywhere
  at::Tensor landmarks;         ///< (N,68,2) of the target
  at::Tensor classes;           ///< int64 (N,R,R) of the target; undefined = all pixels count alike
  at::Tensor source_landmarks;  ///< (N,68,2); undefined where nothing asks for them
};

/// `image` at the level that a step trains: itself, or half as large.
[[nodiscard]] at::Tensor at_level(const at::Tensor& image, const StepMode& step);

class PairRecipe : public Recipe {
 public:
  [[nodiscard]] StepOutput train_step(const NetWeights& net, int batch, CounterRng& rng,
                                      const StepMode& mode) const override;
  [[nodiscard]] double validate(const NetWeights& net) const override;

  /// Rows: input_rows, result, goal.
  [[nodiscard]] at::Tensor picture(const NetWeights& net) const override;

 protected:
  /// `perception` may be null: then the perceptual term is left out.
  PairRecipe(FaceSet train, FaceSet validation, std::shared_ptr<const PerceptualNet> perception,
             const ReconstructionWeights& weights, std::vector<CropPair> validation_pairs);

  [[nodiscard]] virtual CropPair draw(CounterRng& rng) const = 0;

  [[nodiscard]] virtual PairExamples make_examples(const PairBatch& faces,
                                                   CounterRng& rng) const = 0;

  /// Two levels of the input, the finest first.
  [[nodiscard]] virtual Pyramid network_input(const PairExamples& examples) const;

  /// The picture that the heads (N,k,R,R) make of the level that they saw.
  [[nodiscard]] virtual at::Tensor made_of(const std::vector<at::Tensor>& heads,
                                           const at::Tensor& level) const;

  /// (N,1,side,side) of the pixels in the loss; undefined = all count alike.
  [[nodiscard]] virtual at::Tensor pixel_weight(const PairExamples& examples,
                                                std::int64_t side) const;

  /// What a longer way to the same goal makes, at the level that is trained: its loss counts as
  /// much as that of the direct result (stepwise consistency). Undefined = there is none.
  [[nodiscard]] virtual at::Tensor made_in_steps(const NetWeights& net,
                                                 const PairExamples& examples,
                                                 const StepMode& mode) const;

  [[nodiscard]] virtual std::vector<at::Tensor> input_rows(const PairExamples& examples) const = 0;

  /// Kind, size and crops of these networks; role, inputs and heads are the caller's.
  [[nodiscard]] NetInfo described(int ngf) const;

 private:
  [[nodiscard]] PairExamples validation_examples(const std::vector<std::size_t>& numbers,
                                                 c10::Device device) const;
  [[nodiscard]] at::Tensor run(const NetWeights& net, Pyramid input, const at::Tensor& mask,
                               Mode mode, const StepMode& step) const;
  [[nodiscard]] StepOutput losses(const at::Tensor& made, const PairExamples& examples,
                                  const StepMode& step) const;

  FaceSet train_;
  FaceSet validation_;
  std::shared_ptr<const PerceptualNet> perception_;
  ReconstructionWeights weights_;
  std::vector<CropPair> validation_pairs_;
};

}  // namespace changeling

#include "generator/train/reenactment_recipe.h"

#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/mesh_warp.h"
#include "common/nets/landmark_context.h"
#include "generator/methods/fsgan/landmark_path.h"

namespace changeling {
namespace {

/// At most `wanted`, spread over all, so that all people stay in.
std::vector<CropPair> spread(const std::vector<CropPair>& pairs, std::size_t wanted) {
  if (pairs.size() <= wanted) {
    return pairs;
  }
  std::vector<CropPair> kept;
  for (std::size_t i = 0; i < wanted; ++i) {
    kept.push_back(pairs[i * pairs.size() / wanted]);
  }
  return kept;
}

class ReenactmentRecipe : public PairRecipe {
 public:
  ReenactmentRecipe(FaceSet train, FaceSet validation, PairDrawer drawer,
                    std::vector<CropPair> validation_pairs,
                    std::shared_ptr<const PerceptualNet> perception,
                    const ReenactmentOptions& options)
      : PairRecipe(std::move(train), std::move(validation), std::move(perception), options.weights,
                   std::move(validation_pairs)),
        options_(options),
        drawer_(std::move(drawer)) {}

  [[nodiscard]] NetInfo net_info() const override {
    NetInfo info = described(options_.ngf);
    info.role = "reenactment";
    info.landmarks = 68;
    info.in = 3 + 68;
    if (has_prior()) {
      info.in += 4;
      info.out = {3, 1};
      info.notes["prior"] = kMeshWarpPrior;
    }
    return info;
  }

 private:
  [[nodiscard]] bool has_prior() const { return options_.prior == ReenactmentPrior::kMeshWarp; }

  [[nodiscard]] CropPair draw(CounterRng& rng) const override { return drawer_.draw(rng); }

  [[nodiscard]] PairExamples make_examples(const PairBatch& faces,
                                           CounterRng& /*rng*/) const override {
    return {reenactment_images(options_.prior, faces.source.images, faces.source.landmarks,
                               faces.target.landmarks),
            faces.target.images,
            {},
            faces.target.landmarks,
            faces.target.classes,
            faces.source.landmarks};
  }

  /// Source, prior, landmark maps.
  [[nodiscard]] Pyramid network_input(const PairExamples& examples) const override {
    return with_landmark_maps(net_info().kind, PairRecipe::network_input(examples),
                              examples.landmarks);
  }

  [[nodiscard]] at::Tensor made_of(const std::vector<at::Tensor>& heads,
                                   const at::Tensor& level) const override {
    return has_prior() ? blend_with_prior(level.narrow(1, 3, 3), at::cat(heads, 1)) : heads.front();
  }

  /// background_weight where the target is known not to be face, 1 elsewhere.
  [[nodiscard]] at::Tensor pixel_weight(const PairExamples& examples,
                                        std::int64_t side) const override {
    if (!examples.classes.defined() || options_.background_weight >= 1) {
      return {};
    }
    const at::Tensor& classes = examples.classes;
    const at::Tensor full = classes.eq(1).logical_or(classes.lt(0)).to(at::kFloat).unsqueeze(1);
    const at::Tensor scaled =
        full.size(2) == side ? full : at::adaptive_avg_pool2d(full, {side, side});
    return scaled * (1 - options_.background_weight) + options_.background_weight;
  }

  /// The landmarks halfway, then the target's; gradients pass through both pictures.
  [[nodiscard]] at::Tensor made_in_steps(const NetWeights& net, const PairExamples& examples,
                                         const StepMode& mode) const override {
    if (!options_.is_stepwise) {
      return {};
    }
    at::Tensor view = at_level(examples.input.narrow(1, 0, 3), mode);
    at::Tensor from = examples.source_landmarks;
    for (const at::Tensor& to : {halfway_landmarks(from, examples.landmarks), examples.landmarks}) {
      const Pyramid input = with_landmark_maps(
          net.info.kind,
          make_pyramid(reenactment_images(options_.prior, view, from, to), mode.base_only ? 1 : 2),
          to);
      view = made_of(run_network(net, input, mode.network, mode.compute), input.levels.front());
      from = to;
    }
    return view;
  }

  /// Source, what the prior alone gives (if any).
  [[nodiscard]] std::vector<at::Tensor> input_rows(const PairExamples& examples) const override {
    std::vector<at::Tensor> rows = {examples.input.narrow(1, 0, 3)};
    if (has_prior()) {
      rows.push_back(examples.input.narrow(1, 3, 3));
    }
    return rows;
  }

  ReenactmentOptions options_;
  PairDrawer drawer_;
};

}  // namespace

at::Tensor reenactment_images(ReenactmentPrior prior, const at::Tensor& images,
                              const at::Tensor& source_landmarks,
                              const at::Tensor& target_landmarks) {
  if (prior == ReenactmentPrior::kNone) {
    return images;
  }
  return at::cat({images, mesh_warp_prior(images, source_landmarks, target_landmarks)}, 1);
}

std::unique_ptr<Recipe> make_reenactment_recipe(FaceSet train, FaceSet validation,
                                                std::shared_ptr<const PerceptualNet> perception,
                                                const ReenactmentOptions& options) {
  require_face_set(train, "train");
  require_face_set(validation, "val");
  PairDrawer drawer(train);
  std::vector<CropPair> validation_pairs =
      spread(PairDrawer(validation).all(), static_cast<std::size_t>(options.max_validation_pairs));
  return std::make_unique<ReenactmentRecipe>(std::move(train), std::move(validation),
                                             std::move(drawer), std::move(validation_pairs),
                                             std::move(perception), options);
}

}  // namespace changeling

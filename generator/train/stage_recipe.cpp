#include "generator/train/stage_recipe.h"

#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "generator/methods/fsgan/blender.h"
#include "generator/methods/fsgan/color_match.h"
#include "generator/methods/fsgan/inpainter.h"
#include "generator/methods/fsgan/input_prior.h"
#include "generator/methods/fsgan/swap_pipeline.h"
#include "generator/train/occlusion.h"

namespace changeling {
namespace {

/// Random occluders, one per face mask (N,1,R,R).
at::Tensor occluders(const at::Tensor& face_masks, CounterRng& rng) {
  std::vector<at::Tensor> each;
  for (const at::Tensor& mask : face_masks.to(at::kCPU).unbind(0)) {
    each.push_back(random_occluder(mask[0], rng).unsqueeze(0));
  }
  return at::stack(each).to(face_masks.device());
}

/// What tells G_c from G_b.
struct Stage {
  const char* role;
  int in;
  SourceRule rule;
  PairExamples (*make_examples)(const SwapStages&, const PairBatch&, CounterRng&);
};

class StageRecipe : public PairRecipe {
 public:
  StageRecipe(FaceSet train, FaceSet validation, StagePairDrawer drawer,
              std::vector<CropPair> validation_pairs,
              std::shared_ptr<const PerceptualNet> perception, TrainedNets nets, const Stage& stage,
              const StageOptions& options)
      : PairRecipe(std::move(train), std::move(validation), std::move(perception), options.weights,
                   std::move(validation_pairs)),
        stage_(stage),
        ngf_(options.ngf),
        starts_from_input_(options.starts_from_input),
        drawer_(std::move(drawer)),
        stages_(std::move(nets), described(options.ngf).resolution_px) {}

  [[nodiscard]] NetInfo net_info() const override {
    NetInfo info = described(ngf_);
    info.role = stage_.role;
    info.in = stage_.in;
    if (starts_from_input_) {
      info.out = {3, 1};
      info.notes["prior"] = kInputPrior;
    }
    return info;
  }

 private:
  [[nodiscard]] CropPair draw(CounterRng& rng) const override { return drawer_.draw(rng); }

  [[nodiscard]] PairExamples make_examples(const PairBatch& faces, CounterRng& rng) const override {
    return stage_.make_examples(stages_, faces, rng);
  }

  [[nodiscard]] at::Tensor made_of(const std::vector<at::Tensor>& heads,
                                   const at::Tensor& level) const override {
    return stage_image(net_info(), level, at::cat(heads, 1));
  }

  /// Images of the network's input: RGB groups, then a mask.
  [[nodiscard]] std::vector<at::Tensor> input_rows(const PairExamples& examples) const override {
    const at::Tensor& input = examples.input;
    std::vector<at::Tensor> rows;
    std::int64_t channel = 0;
    for (; channel + 3 <= input.size(1); channel += 3) {
      rows.push_back(input.narrow(1, channel, 3));
    }
    rows.push_back((input.narrow(1, channel, 1) * 2 - 1).expand_as(rows.front()));
    return rows;
  }

  Stage stage_;
  int ngf_;
  bool starts_from_input_;
  StagePairDrawer drawer_;
  SwapStages stages_;
};

std::unique_ptr<Recipe> make_stage_recipe(const Stage& stage, FaceSet train, FaceSet validation,
                                          std::shared_ptr<const PerceptualNet> perception,
                                          TrainedNets nets, const StageOptions& options) {
  require_face_set(train, "train");
  require_face_set(validation, "val");
  StagePairDrawer drawer(train, "train", stage.rule);
  std::vector<CropPair> validation_pairs =
      StagePairDrawer(validation, "val", stage.rule).fixed(options.max_validation_pairs);
  return std::make_unique<StageRecipe>(std::move(train), std::move(validation), std::move(drawer),
                                       std::move(validation_pairs), std::move(perception),
                                       std::move(nets), stage, options);
}

}  // namespace

PairExamples inpainting_examples(const SwapStages& stages, const FaceBatch& source,
                                 const FaceBatch& target, CounterRng& rng) {
  const AlignedBatch aligned = stages.align(source, target);
  ReenactedBatch reenacted = match_color(aligned, stages.reenact(source, aligned));
  reenacted.face_mask = reenacted.face_mask * (1 - occluders(reenacted.face_mask, rng));
  const at::Tensor mask = erode_face(aligned.face_mask, stages.options()).hard;
  return {inpainting_input(reenacted, mask),
          cut_out(target.images, mask),
          mask,
          target.landmarks,
          {},
          {}};
}

PairExamples blending_examples(const SwapStages& stages, const FaceBatch& source,
                               const FaceBatch& target) {
  const AlignedBatch aligned = stages.align(source, target);
  const CompletedBatch completed = stages.complete(aligned, stages.reenact(source, aligned));
  return {blending_input(aligned, completed),
          blend_by_poisson(aligned, completed).image,
          {},
          target.landmarks,
          {},
          {}};
}

std::unique_ptr<Recipe> make_inpainting_recipe(FaceSet train, FaceSet validation,
                                               std::shared_ptr<const PerceptualNet> perception,
                                               TrainedNets nets, const StageOptions& options) {
  const Stage stage = {"inpainting", 4, SourceRule::kSameVideo,
                       [](const SwapStages& stages, const PairBatch& faces, CounterRng& rng) {
                         return inpainting_examples(stages, faces.source, faces.target, rng);
                       }};
  return make_stage_recipe(stage, std::move(train), std::move(validation), std::move(perception),
                           std::move(nets), options);
}

std::unique_ptr<Recipe> make_blending_recipe(FaceSet train, FaceSet validation,
                                             std::shared_ptr<const PerceptualNet> perception,
                                             TrainedNets nets, const StageOptions& options) {
  const Stage stage = {"blending", 7, SourceRule::kOtherPerson,
                       [](const SwapStages& stages, const PairBatch& faces, CounterRng& /*rng*/) {
                         return blending_examples(stages, faces.source, faces.target);
                       }};
  return make_stage_recipe(stage, std::move(train), std::move(validation), std::move(perception),
                           std::move(nets), options);
}

}  // namespace changeling

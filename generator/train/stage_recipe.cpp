#include "generator/train/stage_recipe.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "common/base/error.h"
#include "generator/methods/fsgan/blender.h"
#include "generator/methods/fsgan/inpainter.h"
#include "generator/methods/fsgan/swap_pipeline.h"
#include "generator/train/occlusion.h"
#include "generator/train/reconstruction.h"

namespace changeling {
namespace {

constexpr std::size_t kEvaluationBatch = 16;
constexpr int kPictures = 8;

/// Random occluders, one per face mask (N,1,R,R).
at::Tensor occluders(const at::Tensor& face_masks, CounterRng& rng) {
  std::vector<at::Tensor> each;
  for (const at::Tensor& mask : face_masks.to(at::kCPU).unbind(0)) {
    each.push_back(random_occluder(mask[0], rng).unsqueeze(0));
  }
  return at::stack(each).to(face_masks.device());
}

/// Images of a network's input as rows of a picture: RGB groups, then a mask.
std::vector<at::Tensor> rows_of(const at::Tensor& input) {
  std::vector<at::Tensor> rows;
  std::int64_t channel = 0;
  for (; channel + 3 <= input.size(1); channel += 3) {
    rows.push_back(input.narrow(1, channel, 3));
  }
  rows.push_back((input.narrow(1, channel, 1) * 2 - 1).expand_as(rows.front()));
  return rows;
}

/// The parts that G_c and G_b do alike.
class StageRecipe : public Recipe {
 public:
  StageRecipe(FaceSet train, FaceSet validation, SourceRule rule,
              std::shared_ptr<const PerceptualNet> perception, TrainedNets nets,
              const StageOptions& options)
      : train_(std::move(train)),
        validation_(std::move(validation)),
        perception_(std::move(perception)),
        options_(options),
        drawer_(train_, "train", rule),
        validation_pairs_(
            StagePairDrawer(validation_, "val", rule).fixed(options.max_validation_pairs)),
        stages_(std::move(nets), static_cast<int>(train_.images.size(1))) {}

  [[nodiscard]] StepOutput train_step(const NetWeights& net, int batch, CounterRng& rng,
                                      const StepMode& mode) const override {
    const auto start = std::chrono::steady_clock::now();
    std::vector<CropPair> pairs;
    std::vector<bool> flip;
    for (int i = 0; i < batch; ++i) {
      pairs.push_back(drawer_.draw(rng));
      flip.push_back(rng.below(2) == 1);  // both crops of a pair together
    }
    const StageExamples examples = load(train_, pairs, flip, rng, device_of(net));
    const std::chrono::duration<double> prepared = std::chrono::steady_clock::now() - start;
    StepOutput output = losses(run(net, examples, Mode::kTrain, mode), examples, mode);
    output.prepare_seconds = prepared.count();
    return output;
  }

  [[nodiscard]] double validate(const NetWeights& net) const override {
    const at::NoGradGuard no_grad;
    double sum = 0;
    for (std::size_t i = 0; i < validation_pairs_.size(); i += kEvaluationBatch) {
      const std::size_t end = std::min(validation_pairs_.size(), i + kEvaluationBatch);
      std::vector<std::size_t> numbers;
      for (std::size_t k = i; k < end; ++k) {
        numbers.push_back(k);
      }
      const StageExamples examples = validation_examples(numbers, device_of(net));
      const at::Tensor made = run(net, examples, Mode::kEval, {});
      sum += losses(made, examples, {}).loss.item<double>() * static_cast<double>(numbers.size());
    }
    return sum / static_cast<double>(validation_pairs_.size());
  }

  /// Rows: the input's images and its mask, result, goal.
  [[nodiscard]] at::Tensor picture(const NetWeights& net) const override {
    const at::NoGradGuard no_grad;
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < kPictures; ++i) {
      numbers.push_back(i * validation_pairs_.size() / kPictures);
    }
    const StageExamples examples = validation_examples(numbers, device_of(net));
    std::vector<at::Tensor> rows = rows_of(examples.input);
    rows.push_back(run(net, examples, Mode::kEval, {}));
    rows.push_back(examples.goal);
    return picture_grid(rows);
  }

 protected:
  [[nodiscard]] virtual StageExamples make_examples(const FaceBatch& source,
                                                    const FaceBatch& target,
                                                    CounterRng& rng) const = 0;

  [[nodiscard]] const SwapStages& stages() const { return stages_; }

  [[nodiscard]] NetInfo described(const std::string& role, int in) const {
    NetInfo info;
    info.kind = NetKind::kMsResUnetV2;
    info.role = role;
    info.in = in;
    info.out = {3};
    info.ngf = options_.ngf;
    info.flat = {2, 2, 2, 2};
    info.crop_scale = train_.crop_scale;
    info.resolution_px = stages_.options().resolution_px;
    return info;
  }

 private:
  [[nodiscard]] StageExamples load(const FaceSet& set, const std::vector<CropPair>& pairs,
                                   const std::vector<bool>& flip, CounterRng& rng,
                                   c10::Device device) const {
    const PairBatch faces = flipped(gather_pairs(set, pairs), flip).to(device);
    return make_examples(faces.source, faces.target, rng);
  }

  /// The validation pairs of these numbers, the same at any time.
  [[nodiscard]] StageExamples validation_examples(const std::vector<std::size_t>& numbers,
                                                  c10::Device device) const {
    std::vector<CropPair> pairs;
    for (const std::size_t number : numbers) {
      pairs.push_back(validation_pairs_[number]);
    }
    CounterRng rng(derive_seed(0, {"validation", std::to_string(numbers.front())}));
    return load(validation_, pairs, std::vector<bool>(pairs.size(), false), rng, device);
  }

  /// The network's image at the level that is trained, -1 where it is not used.
  static at::Tensor run(const NetWeights& net, const StageExamples& examples, Mode mode,
                        const StepMode& step) {
    Pyramid input = make_pyramid(examples.input, 2);
    if (step.base_only) {
      input.levels.erase(input.levels.begin());
    }
    const at::Tensor made = run_network(net, input, mode, step.compute).front();
    return examples.mask.defined() ? cut_out(made, at_level(examples.mask, step)) : made;
  }

  [[nodiscard]] StepOutput losses(const at::Tensor& made, const StageExamples& examples,
                                  const StepMode& step) const {
    return reconstruction(made, at_level(examples.goal, step), examples.landmarks, options_.weights,
                          perception_.get());
  }

  static at::Tensor at_level(const at::Tensor& image, const StepMode& step) {
    return step.base_only ? make_pyramid(image, 2).levels.back() : image;
  }

  FaceSet train_;
  FaceSet validation_;
  std::shared_ptr<const PerceptualNet> perception_;
  StageOptions options_;
  StagePairDrawer drawer_;
  std::vector<CropPair> validation_pairs_;
  SwapStages stages_;
};

class InpaintingRecipe : public StageRecipe {
 public:
  using StageRecipe::StageRecipe;

  [[nodiscard]] NetInfo net_info() const override { return described("inpainting", 4); }

 protected:
  [[nodiscard]] StageExamples make_examples(const FaceBatch& source, const FaceBatch& target,
                                            CounterRng& rng) const override {
    return inpainting_examples(stages(), source, target, rng);
  }
};

class BlendingRecipe : public StageRecipe {
 public:
  using StageRecipe::StageRecipe;

  [[nodiscard]] NetInfo net_info() const override { return described("blending", 7); }

 protected:
  [[nodiscard]] StageExamples make_examples(const FaceBatch& source, const FaceBatch& target,
                                            CounterRng& /*rng*/) const override {
    return blending_examples(stages(), source, target);
  }
};

}  // namespace

StageExamples inpainting_examples(const SwapStages& stages, const FaceBatch& source,
                                  const FaceBatch& target, CounterRng& rng) {
  const AlignedBatch aligned = stages.align(source, target);
  ReenactedBatch reenacted = stages.reenact(source, aligned);
  reenacted.face_mask = reenacted.face_mask * (1 - occluders(reenacted.face_mask, rng));
  reenacted.image = cut_out(reenacted.painted, reenacted.face_mask);
  const at::Tensor mask = erode_face(aligned.face_mask, stages.options()).hard;
  return {inpainting_input(reenacted, mask), cut_out(target.images, mask), mask, target.landmarks};
}

StageExamples blending_examples(const SwapStages& stages, const FaceBatch& source,
                                const FaceBatch& target) {
  const AlignedBatch aligned = stages.align(source, target);
  const CompletedBatch completed = stages.complete(aligned, stages.reenact(source, aligned));
  return {blending_input(aligned, completed),
          blend_by_poisson(aligned, completed).image,
          {},
          target.landmarks};
}

std::unique_ptr<Recipe> make_inpainting_recipe(FaceSet train, FaceSet validation,
                                               std::shared_ptr<const PerceptualNet> perception,
                                               TrainedNets nets, const StageOptions& options) {
  require_face_set(train, "train");
  require_face_set(validation, "val");
  return std::make_unique<InpaintingRecipe>(std::move(train), std::move(validation),
                                            SourceRule::kSameVideo, std::move(perception),
                                            std::move(nets), options);
}

std::unique_ptr<Recipe> make_blending_recipe(FaceSet train, FaceSet validation,
                                             std::shared_ptr<const PerceptualNet> perception,
                                             TrainedNets nets, const StageOptions& options) {
  require_face_set(train, "train");
  require_face_set(validation, "val");
  return std::make_unique<BlendingRecipe>(std::move(train), std::move(validation),
                                          SourceRule::kOtherPerson, std::move(perception),
                                          std::move(nets), options);
}

}  // namespace changeling

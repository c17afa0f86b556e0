#include "generator/train/pair_recipe.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "generator/train/reconstruction.h"
#include "generator/train/swap_stages.h"

namespace changeling {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kEvaluationBatch = 16;
constexpr std::size_t kPictures = 8;

/// Adds the loss of the longer way; the discriminators judge the direct result alone.
void join(StepOutput& direct, const StepOutput& stepped) {
  direct.loss = stepwise_loss(direct.loss, stepped.loss);
  for (LossTerm& term : direct.terms) {
    term.value = term.value * 0.5;
  }
  direct.terms.push_back({"stepwise", stepped.loss.detach() * 0.5});
}

}  // namespace

at::Tensor at_level(const at::Tensor& image, const StepMode& step) {
  return step.base_only ? make_pyramid(image, 2).levels.back() : image;
}

PairRecipe::PairRecipe(FaceSet train, FaceSet validation,
                       std::shared_ptr<const PerceptualNet> perception,
                       const ReconstructionWeights& weights, std::vector<CropPair> validation_pairs)
    : train_(std::move(train)),
      validation_(std::move(validation)),
      perception_(std::move(perception)),
      weights_(weights),
      validation_pairs_(std::move(validation_pairs)) {}

StepOutput PairRecipe::train_step(const NetWeights& net, int batch, CounterRng& rng,
                                  const StepMode& mode) const {
  const Clock::time_point start = Clock::now();
  std::vector<CropPair> pairs;
  std::vector<bool> flip;
  for (int i = 0; i < batch; ++i) {
    pairs.push_back(draw(rng));
    flip.push_back(rng.below(2) == 1);  // both crops of a pair together
  }
  const PairBatch faces = flipped(gather_pairs(train_, pairs, device_of(net)), flip);
  const Clock::time_point ready = Clock::now();
  const PairExamples examples = make_examples(faces, rng);
  Pyramid input = network_input(examples);
  const std::chrono::duration<double> making = Clock::now() - ready;
  StepOutput output =
      losses(run(net, std::move(input), examples.mask, mode.network, mode), examples, mode);
  if (const at::Tensor stepped = made_in_steps(net, examples, mode); stepped.defined()) {
    join(output, losses(stepped, examples, mode));
  }
  output.prepare_seconds = std::chrono::duration<double>(ready - start).count();
  output.input_seconds = making.count();
  return output;
}

double PairRecipe::validate(const NetWeights& net) const {
  const c10::NoGradGuard no_grad;
  double sum = 0;
  for (std::size_t i = 0; i < validation_pairs_.size(); i += kEvaluationBatch) {
    std::vector<std::size_t> numbers;
    for (std::size_t k = i; k < std::min(validation_pairs_.size(), i + kEvaluationBatch); ++k) {
      numbers.push_back(k);
    }
    const PairExamples examples = validation_examples(numbers, device_of(net));
    const at::Tensor made = run(net, network_input(examples), examples.mask, Mode::kEval, {});
    sum += losses(made, examples, {}).loss.item<double>() * static_cast<double>(numbers.size());
  }
  return sum / static_cast<double>(validation_pairs_.size());
}

at::Tensor PairRecipe::picture(const NetWeights& net) const {
  const c10::NoGradGuard no_grad;
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < kPictures; ++i) {
    numbers.push_back(i * validation_pairs_.size() / kPictures);
  }
  const PairExamples examples = validation_examples(numbers, device_of(net));
  std::vector<at::Tensor> rows = input_rows(examples);
  rows.push_back(run(net, network_input(examples), examples.mask, Mode::kEval, {}));
  rows.push_back(examples.goal);
  return picture_grid(rows);
}

Pyramid PairRecipe::network_input(const PairExamples& examples) const {
  return make_pyramid(examples.input, 2);
}

at::Tensor PairRecipe::made_of(const std::vector<at::Tensor>& heads,
                               const at::Tensor& /*level*/) const {
  return heads.front();
}

at::Tensor PairRecipe::pixel_weight(const PairExamples& /*examples*/, std::int64_t /*side*/) const {
  return {};
}

at::Tensor PairRecipe::made_in_steps(const NetWeights& /*net*/, const PairExamples& /*examples*/,
                                     const StepMode& /*mode*/) const {
  return {};
}

NetInfo PairRecipe::described(int ngf) const {
  NetInfo info;
  info.kind = NetKind::kMsResUnetV2;
  info.out = {3};
  info.ngf = ngf;
  info.flat = {2, 2, 2, 2};
  info.crop_scale = train_.crop_scale;
  info.resolution_px = static_cast<int>(train_.crops->side_px());
  return info;
}

/// The validation pairs of these numbers, the same at any time.
PairExamples PairRecipe::validation_examples(const std::vector<std::size_t>& numbers,
                                             c10::Device device) const {
  std::vector<CropPair> pairs;
  for (const std::size_t number : numbers) {
    pairs.push_back(validation_pairs_[number]);
  }
  CounterRng rng(derive_seed(0, {"validation", std::to_string(numbers.front())}));
  return make_examples(gather_pairs(validation_, pairs, device), rng);
}

/// The network's picture at the level that is trained, -1 where it is not used.
at::Tensor PairRecipe::run(const NetWeights& net, Pyramid input, const at::Tensor& mask, Mode mode,
                           const StepMode& step) const {
  if (step.base_only) {
    input.levels.erase(input.levels.begin());
  }
  const at::Tensor made =
      made_of(run_network(net, input, mode, step.compute), input.levels.front());
  return mask.defined() ? cut_out(made, at_level(mask, step)) : made;
}

StepOutput PairRecipe::losses(const at::Tensor& made, const PairExamples& examples,
                              const StepMode& step) const {
  const at::Tensor goal = at_level(examples.goal, step);
  return reconstruction(made, goal, examples.landmarks, weights_, perception_.get(),
                        pixel_weight(examples, goal.size(2)));
}

}  // namespace changeling

#include "generator/train/fit_loop.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

#include "common/base/build_info.h"
#include "common/base/error.h"
#include "common/base/training_files.h"
#include "common/tensor/pyramid.h"
#include "generator/train/checkpoint.h"
#include "generator/train/learner.h"
#include "generator/train/losses.h"
#include "generator/train/training_mode.h"

namespace changeling {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

NetInfo critic_info(const FitOptions& options, int resolution_px) {
  NetInfo info;
  info.kind = NetKind::kPatchDiscriminator;
  info.role = "discriminator";
  info.in = 3;
  info.out = {1};
  info.ngf = options.ndf;
  info.resolution_px = resolution_px;
  return info;
}

/// Refuses weights to start from that are another network than the one to train; their resolution
/// may differ (progressive training).
void require_same_net(const NetWeights& weights, const NetInfo& wanted) {
  NetInfo expected = wanted;
  expected.resolution_px = weights.info.resolution_px;
  require_net(weights, expected);
  const auto differ = [](const std::string& what) {
    throw Error(ErrorKind::kModel,
                "the weights to start from have another " + what + " than the network to train");
  };
  if (weights.info.ngf != wanted.ngf || weights.info.flat != wanted.flat) {
    differ("size (ngf " + std::to_string(weights.info.ngf) + ", not " + std::to_string(wanted.ngf) +
           ")");
  }
  if (weights.info.notes.count("prior") != wanted.notes.count("prior")) {
    differ("prior");
  }
}

/// One training from its first or resumed step to its end.
class Fit {
 public:
  Fit(const Recipe& recipe, const FitOptions& options, std::filesystem::path dir,
      const FitHooks& hooks)
      : recipe_(recipe), options_(options), dir_(std::move(dir)), hooks_(hooks) {
    NetInfo info = recipe.net_info();
    info.trained_on = options.trained_on;
    info.licence = options.licence;
    options_text_ = option_texts(info, options);
    generator_.emplace(initial(info, options), options);
    if (options.adversarial > 0) {
      critic_.emplace(random_net_weights(critic_info(options, info.resolution_px),
                                         derive_seed(options.seed, {"critic"})),
                      options);
    }
    resume();
  }

  /// Steps that the checkpoint had done; nullopt without one.
  [[nodiscard]] std::optional<std::int64_t> resumed_at() const { return resumed_at_; }

  FitResult run() {
    std::filesystem::create_directories(dir_);
    const Clock::time_point start = Clock::now();
    const std::int64_t first = step_;
    if (hooks_.on_begin) {
      hooks_.on_begin(first);
    }
    while (step_ < options_.steps && !out_of_patience()) {
      const bool out_of_steps =
          options_.max_steps_now > 0 && step_ - first >= options_.max_steps_now;
      const bool out_of_time =
          options_.max_seconds_now > 0 && seconds_since(start) > options_.max_seconds_now;
      if (out_of_steps || out_of_time || (hooks_.stop_requested && hooks_.stop_requested())) {
        save();
        return result(false);
      }
      train_one_step();
      ++step_;
      if (hooks_.on_step) {
        hooks_.on_step(step_);
      }
      const bool last = step_ == options_.steps;
      if (last || step_ % options_.validate_every == 0) {
        validate();
      }
      if (last || step_ % options_.checkpoint_every == 0 || out_of_patience()) {
        save();
      }
    }
    return result(true);
  }

 private:
  static NetWeights initial(const NetInfo& info, const FitOptions& options) {
    NetWeights weights = options.start
                             ? *options.start
                             : random_net_weights(info, derive_seed(options.seed, {"net"}));
    require_same_net(weights, info);
    weights.info = info;  // random_net_weights says "random"; these will be trained
    return weights;
  }

  [[nodiscard]] std::filesystem::path checkpoint_path() const {
    return dir_ / training_files::kCheckpoint;
  }

  [[nodiscard]] std::filesystem::path best_path() const { return dir_ / training_files::kBest; }

  [[nodiscard]] bool out_of_patience() const {
    return options_.patience > 0 && stale_ >= options_.patience;
  }

  void resume() {
    const std::optional<Checkpoint> checkpoint = read_checkpoint(checkpoint_path());
    if (!checkpoint) {
      return;
    }
    require_same_options(checkpoint->options, options_text_);
    generator_->load(*checkpoint, "net");
    if (critic_) {
      critic_->load(*checkpoint, "critic");
    }
    step_ = checkpoint->step;
    resumed_at_ = step_;
    best_validation_ = checkpoint->best_validation;
    if (best_validation_ && !std::filesystem::exists(best_path())) {
      throw Error(ErrorKind::kModel, "'" + best_path().string() +
                                         "' is missing, whose validation the checkpoint holds: put "
                                         "it back, or train in another folder");
    }
    stale_ = checkpoint->stale;
  }

  void save() {
    Checkpoint checkpoint;
    checkpoint.step = step_;
    checkpoint.optimizer_steps = generator_->adam().steps();
    checkpoint.best_validation = best_validation_;
    checkpoint.stale = stale_;
    checkpoint.options = options_text_;
    checkpoint.notes = origin();
    checkpoint.notes["licence"] = options_.licence;
    checkpoint.notes["crop_scale"] = setting_text(generator_->net().info.crop_scale);
    generator_->save(checkpoint, "net");
    if (critic_) {
      critic_->save(checkpoint, "critic");
    }
    write_checkpoint(checkpoint_path(), checkpoint);
  }

  std::vector<at::Tensor> scores(const at::Tensor& images, bool base_only) const {
    return run_network(critic_->net(), make_pyramid(images, base_only ? 1 : 2), Mode::kTrain);
  }

  void restart_optimizers() {
    generator_->adam().restart();
    if (critic_) {
      critic_->adam().restart();
    }
  }

  void train_one_step() {
    if (step_ == options_.base_steps) {
      restart_optimizers();  // every stage has its own (FSGAN)
    }
    CounterRng rng(derive_seed(options_.seed, {"step", std::to_string(step_)}));
    StepMode mode{step_ < options_.base_steps, options_.compute};
    mode.done_share = static_cast<double>(step_) / static_cast<double>(options_.steps);
    StepOutput output = recipe_.train_step(generator_->net(), options_.batch, rng, mode);
    at::Tensor loss = output.loss;
    double adversarial = 0;
    if (critic_ && output.made.defined()) {
      const at::Tensor term = adversarial_weight_at(step_, options_) *
                              generator_adversarial_loss(scores(output.made, mode.base_only));
      adversarial = term.item<double>();
      loss = loss + term;
    }
    generator_->adam().zero_gradients();
    loss.backward();
    generator_->adam().step(learning_rate_at(step_, options_.learning_rate, options_));
    if (critic_ && output.made.defined()) {
      critic_->adam().zero_gradients();
      discriminator_loss(scores(output.real, mode.base_only),
                         scores(output.made.detach(), mode.base_only))
          .backward();
      critic_->adam().step(learning_rate_at(step_, options_.discriminator_rate, options_));
    }
    meter_.add(output, adversarial, options_.batch);
  }

  void validate() {
    FitProgress progress = meter_.report(step_);
    if (step_ > options_.base_steps) {  // before, the network has no full output
      progress.validation = recipe_.validate(generator_->net());
      if (!std::isfinite(progress.validation)) {
        throw Error(ErrorKind::kInternal,
                    "the validation of step " + std::to_string(step_) + " is not finite");
      }
      progress.validated = true;
      if (progress.validation < best_validation_.value_or(kUnbounded)) {
        best_validation_ = progress.validation;
        stale_ = 0;
        write_net_weights(best_path(), described_copy(), at::kBFloat16);
      } else {
        ++stale_;
      }
      if (hooks_.on_picture) {
        hooks_.on_picture(step_, recipe_.picture(generator_->net()));
      }
    }
    if (hooks_.on_progress) {
      hooks_.on_progress(progress);
    }
    meter_ = ProgressMeter();
  }

  /// The network as it is now, on the CPU; its notes tell how it came about. Nothing of when and in
  /// how many slices: a resumed training writes the bytes of an unbroken one.
  [[nodiscard]] NetWeights described_copy() const {
    NetWeights weights = copy_of(generator_->net(), c10::kCPU);
    weights.info.notes["step"] = std::to_string(step_);
    for (const auto& [key, text] : origin()) {
      weights.info.notes[key] = text;
    }
    return weights;
  }

  [[nodiscard]] std::map<std::string, std::string> origin() const {
    std::map<std::string, std::string> notes;
    notes["seed"] = std::to_string(options_.seed);
    notes["steps"] = std::to_string(options_.steps);
    notes["device"] = options_.device.str();
    notes["threads"] = std::to_string(at::get_num_threads());
    notes["precision"] = precision_name(options_.compute);
    notes["commit"] = std::string(git_commit()) + (git_dirty() ? " with changes" : "");
    notes["libtorch"] = TORCH_VERSION;
    return notes;
  }

  [[nodiscard]] FitResult result(bool finished) const {
    FitResult result;
    result.steps = step_;
    result.finished = finished;
    result.best_validation = best_validation_;
    result.weights = best_validation_ ? read_net_weights(best_path()) : described_copy();
    return result;
  }

  const Recipe& recipe_;
  FitOptions options_;
  std::filesystem::path dir_;
  FitHooks hooks_;
  std::map<std::string, std::string> options_text_;
  std::optional<Learner> generator_;
  std::optional<Learner> critic_;
  ProgressMeter meter_;
  std::int64_t step_ = 0;
  std::optional<std::int64_t> resumed_at_;
  std::optional<double> best_validation_;
  std::int64_t stale_ = 0;
};

}  // namespace

FitResult fit(const Recipe& recipe, const FitOptions& options, const std::filesystem::path& dir,
              const FitHooks& hooks) {
  require_usable(options);
  const TrainingMode mode(options.device.type(), GpuKernels::kFastest);
  return Fit(recipe, options, dir, hooks).run();
}

std::optional<std::int64_t> steps_done(const Recipe& recipe, const FitOptions& options,
                                       const std::filesystem::path& dir) {
  require_usable(options);
  return Fit(recipe, options, dir, {}).resumed_at();
}

}  // namespace changeling

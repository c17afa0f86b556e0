#include "generator/train/fit_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/version.h>

#include "common/base/build_info.h"
#include "common/base/error.h"
#include "common/base/training_files.h"
#include "common/tensor/pyramid.h"
#include "generator/methods/fsgan/input_prior.h"
#include "generator/train/checkpoint.h"
#include "generator/train/losses.h"
#include "generator/train/training_mode.h"

namespace changeling {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Drops every gradient history; the memory is shared.
TensorMap detached(const TensorMap& tensors) {
  TensorMap result;
  for (const auto& [name, tensor] : tensors) {
    result[name] = tensor.detach();
  }
  return result;
}

/// A network, its optimizer, and how both enter a checkpoint.
class Learner {
 public:
  Learner(const NetWeights& initial, const FitOptions& options)
      : net_(copy_of(initial, options.device)),
        adam_(net_, trainable_names(net_.info), options.adam) {}

  [[nodiscard]] const NetWeights& net() const { return net_; }

  Adam& adam() { return adam_; }

  void save(Checkpoint& checkpoint, const std::string& name) const {
    add_with_prefix(checkpoint.tensors, name + ".", detached(net_.tensors));
    add_with_prefix(checkpoint.tensors, name + "_adam.", adam_.state());
  }

  void load(const Checkpoint& checkpoint, const std::string& name) {
    const c10::NoGradGuard no_grad;
    const TensorMap stored = with_prefix_removed(checkpoint.tensors, name + ".");
    for (auto& [key, tensor] : net_.tensors) {
      const auto found = stored.find(key);
      if (found == stored.end() || found->second.sizes() != tensor.sizes()) {
        throw Error(ErrorKind::kModel,
                    "the checkpoint has no tensor '" + key + "' of the right shape");
      }
      tensor.copy_(found->second);
    }
    adam_.restore(with_prefix_removed(checkpoint.tensors, name + "_adam."),
                  checkpoint.optimizer_steps);
  }

 private:
  NetWeights net_;
  Adam adam_;
};

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

const char* precision_name(Compute compute) {
  return compute == Compute::kBFloat16 ? "bf16" : "fp32";
}

std::string joined(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) {
    text += (text.empty() ? "" : ",") + std::to_string(number);
  }
  return text;
}

/// The options that decide the result, as text. Sorted: what follows from several of them, "shape"
/// and "trained_on", comes behind them, so that a refusal names the one that was changed.
std::map<std::string, std::string> fingerprint(const NetInfo& info, const FitOptions& options) {
  const std::string prior = prior_of(info);
  std::map<std::string, std::string> text = {
      {"role", info.role},
      {"ngf", std::to_string(info.ngf)},
      {"prior", prior.empty() ? "none" : prior},
      {"shape", std::to_string(info.in) + " in, " + joined(info.out) + " out"},
      {"device", options.device.is_cuda() ? "cuda" : "cpu"},
      {"resolution_px", std::to_string(info.resolution_px)},
      {"steps", std::to_string(options.steps)},
      {"base_steps", std::to_string(options.base_steps)},
      {"batch", std::to_string(options.batch)},
      {"learning_rate", setting_text(options.learning_rate)},
      {"discriminator_rate", setting_text(options.discriminator_rate)},
      {"schedule", options.schedule == Schedule::kCosine ? "cosine" : "halving"},
      {"halve_every", std::to_string(options.halve_every)},
      {"warmup_steps", std::to_string(options.warmup_steps)},
      {"stage_schedule", options.restarts_schedule ? "restart" : "whole"},
      {"full_rate", setting_text(options.full_rate)},
      {"adversarial", setting_text(options.adversarial)},
      {"seed", std::to_string(options.seed)},
      {"adversarial_warmup", std::to_string(options.adversarial_warmup)},
      {"compute", precision_name(options.compute)},
      {"trained_on", options.trained_on}};
  if (options.adversarial > 0) {
    text["ndf"] = std::to_string(options.ndf);
  }
  if (options.device.is_cpu()) {  // sums are split among them
    text["threads"] = std::to_string(at::get_num_threads());
  }
  for (const auto& [key, value] : options.recipe) {
    text["recipe." + key] = value;
  }
  return text;
}

void require_same_options(const std::map<std::string, std::string>& stored,
                          const std::map<std::string, std::string>& wanted) {
  for (const auto& [key, value] : wanted) {
    const auto found = stored.find(key);
    const std::string before = found == stored.end() ? "nothing" : found->second;
    if (before != value) {
      throw Error(ErrorKind::kConfig, "the checkpoint was made with " + key + " = " + before +
                                          ", now it is " + value +
                                          " (use another folder, or the same options)");
    }
  }
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

/// Means of the loss terms between two reports, and where the time went.
class ProgressMeter {
 public:
  void add(const StepOutput& output, double adversarial, int samples) {
    if (sums_.empty()) {
      for (const LossTerm& term : output.terms) {
        sums_.emplace_back(term.name, 0.0);
      }
      sums_.emplace_back("adversarial", 0.0);
    }
    for (std::size_t i = 0; i < output.terms.size(); ++i) {
      sums_[i].second += output.terms[i].value.item<double>();
    }
    sums_.back().second += adversarial;
    prepare_seconds_ += output.prepare_seconds;
    input_seconds_ += output.input_seconds;
    samples_ += samples;
    ++steps_;
  }

  [[nodiscard]] FitProgress report(std::int64_t step) const {
    FitProgress progress;
    progress.step = step;
    for (const auto& [name, sum] : sums_) {
      progress.terms.emplace_back(name,
                                  sum / static_cast<double>(std::max<std::int64_t>(1, steps_)));
    }
    const double elapsed = seconds_since(start_);
    progress.samples_per_second = elapsed > 0 ? static_cast<double>(samples_) / elapsed : 0;
    progress.stage_wait_share = elapsed > 0 ? prepare_seconds_ / elapsed : 0;
    progress.input_share = elapsed > 0 ? input_seconds_ / elapsed : 0;
    return progress;
  }

 private:
  std::vector<std::pair<std::string, double>> sums_;
  std::int64_t samples_ = 0;
  std::int64_t steps_ = 0;
  double prepare_seconds_ = 0;
  double input_seconds_ = 0;
  Clock::time_point start_ = Clock::now();
};

/// One training from its first or resumed step to its end.
class Fit {
 public:
  Fit(const Recipe& recipe, const FitOptions& options, std::filesystem::path dir,
      const FitHooks& hooks)
      : recipe_(recipe), options_(options), dir_(std::move(dir)), hooks_(hooks) {
    NetInfo info = recipe.net_info();
    info.trained_on = options.trained_on;
    info.licence = options.licence;
    options_text_ = fingerprint(info, options);
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

void require_usable(const FitOptions& options) {
  CHANGELING_REQUIRE(options.steps > 0 && options.batch > 0 && options.validate_every > 0 &&
                         options.checkpoint_every > 0 && options.halve_every > 0,
                     "a training needs steps, a batch and intervals > 0");
  if (options.base_steps >= options.steps) {  // nothing would be validated, and no weights kept
    throw Error(ErrorKind::kConfig, "the base stage has " + std::to_string(options.base_steps) +
                                        " of " + std::to_string(options.steps) +
                                        " steps; the network needs some at full resolution");
  }
}

}  // namespace

std::string setting_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

double adversarial_weight_at(std::int64_t step, const FitOptions& options) {
  const double done =
      options.adversarial_warmup > 0
          ? static_cast<double>(step + 1) / static_cast<double>(options.adversarial_warmup)
          : 1.0;
  return options.adversarial * std::min(1.0, done);
}

double learning_rate_at(std::int64_t step, double rate, const FitOptions& options) {
  const bool is_base = step < options.base_steps;
  std::int64_t first = 0;  // of what the schedule spans, and where that ends
  std::int64_t end = options.steps;
  if (options.restarts_schedule) {
    (is_base ? end : first) = options.base_steps;
  }
  const auto at = static_cast<double>(step - first);
  double factor = options.base_steps == 0 || is_base ? 1 : options.full_rate;
  if (options.warmup_steps > 0) {
    factor *= std::min(1.0, (at + 1) / static_cast<double>(options.warmup_steps));
  }
  if (options.schedule == Schedule::kCosine) {
    const double done = at / static_cast<double>(end - first);
    return rate * factor * 0.5 * (1 + std::cos(std::acos(-1.0) * done));
  }
  return rate * factor * std::pow(0.5, static_cast<double>((step - first) / options.halve_every));
}

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

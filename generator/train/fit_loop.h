// generator/train/fit_loop.h: trains one network: steps, schedule, adversary, validation,
// checkpoints. Layer 6, Torch only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <c10/core/Device.h>

#include "generator/train/adam.h"
#include "generator/train/recipe.h"

namespace changeling {

enum class Schedule {
  kHalving,  ///< x 0.5 every halve_every steps (FSGAN: ten epochs)
  kCosine,   ///< half a cosine down to 0 at the last step
};

struct FitOptions {
  std::int64_t steps = 1000;
  std::int64_t base_steps = 0;  ///< of these, the first train the coarse level alone
  int batch = 16;
  double learning_rate = 1e-4;
  double discriminator_rate = 1e-5;
  Schedule schedule = Schedule::kHalving;
  std::int64_t halve_every = 4000;
  std::int64_t warmup_steps = 0;  ///< rate grows linearly from 0
  /// The schedule, warm-up too, begins anew where the base stage ends (FSGAN), and ends with each
  /// stage; else it spans all steps.
  bool restarts_schedule = false;
  double full_rate = 1;  ///< rates of the second stage over those of the base stage; FSGAN: 0.4
  AdamOptions adam;
  double adversarial = 0;               ///< weight of L_adv; 0 = no discriminator
  std::int64_t adversarial_warmup = 0;  ///< steps in which that weight grows linearly from 0
  int ndf = 64;                         ///< its width
  std::uint64_t seed = 1;
  Compute compute = Compute::kFloat32;
  c10::Device device = c10::kCPU;
  std::int64_t validate_every = 500;
  std::int64_t checkpoint_every = 500;
  int patience = 0;                ///< validations without a gain that end the training; 0 = never
  std::int64_t max_steps_now = 0;  ///< end after so many, to be resumed; 0 = no limit
  double max_seconds_now = 0;      ///< end after so long, to be resumed; 0 = no limit
  std::string trained_on;          ///< the data, with digests; for the weights' metadata too
  std::string licence;
  std::map<std::string, std::string> recipe;  ///< its settings, as far as they decide the result
  std::optional<NetWeights> start;            ///< weights of the first step; nullopt = random
};

/// One row of the curve.
struct FitProgress {
  std::int64_t step = 0;
  std::vector<std::pair<std::string, double>> terms;  ///< means since the last report
  double validation = 0;                              ///< only where `validated`
  bool validated = false;
  double samples_per_second = 0;
  double stage_wait_share = 0;  ///< of the time went into waiting for crops
  double input_share = 0;       ///< of the time went into what comes before this network in a swap
};

struct FitHooks {
  std::function<void(std::int64_t step)> on_begin;  ///< with the steps that a checkpoint has done
  std::function<bool()> stop_requested;
  std::function<void(std::int64_t step)> on_step;  ///< steps done, after each
  std::function<void(const FitProgress&)> on_progress;
  std::function<void(std::int64_t step, const at::Tensor& picture)> on_picture;  ///< at validations
};

struct FitResult {
  NetWeights weights;  ///< those of the best validation, before the first one those of now
  std::int64_t steps = 0;
  std::optional<double> best_validation;  ///< nullopt before the first validation
  bool finished = false;                  ///< false: stopped, to be resumed
};

/// Trains until the steps are done, patience ran out or a stop was asked for. `dir` receives
/// checkpoint.safetensors (net, adversary, moments, step) and best.safetensors, both written
/// atomically; where a checkpoint of the same recipe, data and options lies there, training goes on
/// from it, and on the CPU ends with the same bits as an unbroken run. Throws Error(kModel) when
/// `start` is another network than the recipe's (names what differs) or the checkpoint is damaged,
/// Error(kConfig) when the checkpoint was made with other options or data (names the first, with
/// both values) or the base stage leaves no step, Error(kInternal) when the loss is no longer
/// finite, Error(kResource) when a file cannot be written.
[[nodiscard]] FitResult fit(const Recipe& recipe, const FitOptions& options,
                            const std::filesystem::path& dir, const FitHooks& hooks);

/// The steps that the checkpoint in `dir` has done, from which fit() would go on; nullopt without
/// one. Writes nothing. Throws what fit() throws before its first step.
[[nodiscard]] std::optional<std::int64_t> steps_done(const Recipe& recipe,
                                                     const FitOptions& options,
                                                     const std::filesystem::path& dir);

/// A number as checkpoints and their refusals have it, nine digits.
[[nodiscard]] std::string setting_text(double value);

/// The weight of L_adv in step `step` (0-based).
[[nodiscard]] double adversarial_weight_at(std::int64_t step, const FitOptions& options);

/// The rate of step `step` (0-based).
[[nodiscard]] double learning_rate_at(std::int64_t step, double rate, const FitOptions& options);

}  // namespace changeling

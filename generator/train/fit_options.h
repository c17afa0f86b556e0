// generator/train/fit_options.h: settings of a training, its schedule, and what of them a
// checkpoint keeps. Layer 6, Torch only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

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

/// Throws Error(kConfig) when the base stage leaves no step, Error(kInternal) for intervals of 0.
void require_usable(const FitOptions& options);

/// A number as checkpoints and their refusals have it, nine digits.
[[nodiscard]] std::string setting_text(double value);

/// The weight of L_adv in step `step` (0-based).
[[nodiscard]] double adversarial_weight_at(std::int64_t step, const FitOptions& options);

/// The rate of step `step` (0-based).
[[nodiscard]] double learning_rate_at(std::int64_t step, double rate, const FitOptions& options);

/// "fp32", "bf16".
[[nodiscard]] std::string precision_name(Compute compute);

/// The options that decide the result, as text. Sorted: what follows from several of them, "shape"
/// and "trained_on", comes behind them, so that a refusal names the one that was changed.
[[nodiscard]] std::map<std::string, std::string> option_texts(const NetInfo& info,
                                                              const FitOptions& options);

/// Throws Error(kConfig), which names the first that differs with both values.
void require_same_options(const std::map<std::string, std::string>& stored,
                          const std::map<std::string, std::string>& wanted);

}  // namespace changeling

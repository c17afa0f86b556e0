// generator/train/fit_loop.h: trains one network: steps, adversary, validation,
// checkpoints. Layer 6, Torch only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "generator/train/fit_options.h"
#include "generator/train/progress_meter.h"
#include "generator/train/recipe.h"

namespace changeling {

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

}  // namespace changeling

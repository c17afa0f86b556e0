// generator/train/training_plan.h: trainings one after another, as a file lists them, for machines
// without the command line's libraries. Layer 6, Torch only.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "generator/train/fit_task.h"

namespace changeling {

/// Where a plan finds and leaves its files, and how it runs.
struct PlanPlace {
  std::filesystem::path folder;  ///< holds the frame sets and models/; gets a folder per stage
  c10::Device device = c10::kCPU;
  Compute compute = Compute::kFloat32;
  std::int64_t steps_cap = 0;  ///< at most so many steps of every stage, for a trial; 0 = no limit

  /// Where the stages leave their folders: `folder`, of a trial a folder in it that names device
  /// and cap ("trial-cpu-2").
  [[nodiscard]] std::filesystem::path stages() const;
};

/// Reads {"stages": [{"net": "reenactment", "packs": ["ytf-256"], "steps": 60000, ...}, ...]}.
/// Optional keys of a stage, defaults as `changeling train fit`: out (default: net), base_steps,
/// batch, ngf, learning_rate, schedule ("halving", "cosine"), halve_every, warmup_steps,
/// stage_schedule ("whole", "restart"), full_rate, adversarial_weight, adversarial_warmup, ndf,
/// validate_every, checkpoint_every, patience, seed, perception
/// ("id512", "none", "vgg" with the key vgg), prior ("mesh_warp", "none"), stepwise,
/// reenactment_weight, and start (for a network of the same kind), reenactment, segmentation,
/// inpainting, vgg: the folder of the stage whose best weights are taken. Throws Error(kConfig)
/// naming stage and key for an unknown key, a missing or wrong value.
[[nodiscard]] std::vector<FitSettings> read_training_plan(const std::string& json,
                                                          const PlanPlace& place);

/// Runs the stages in order for at most `max_seconds` (0 = to the end); a stage that is finished is
/// passed over, one that was begun goes on. `hooks_of` gives each stage its hooks. Returns whether
/// all are finished. Throws as run_fit.
[[nodiscard]] bool run_training_plan(const std::vector<FitSettings>& stages, double max_seconds,
                                     const std::function<FitHooks(const FitSettings&)>& hooks_of);

}  // namespace changeling

// generator/train/progress_meter.h: how a training goes, from report to report. Layer 6, Torch
// only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "generator/train/recipe.h"

namespace changeling {

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

/// Means of the loss terms since it was made, and where the time went.
class ProgressMeter {
 public:
  void add(const StepOutput& output, double adversarial, int samples);

  /// Without a validation.
  [[nodiscard]] FitProgress report(std::int64_t step) const;

 private:
  std::vector<std::pair<std::string, double>> sums_;
  std::int64_t samples_ = 0;
  std::int64_t steps_ = 0;
  double prepare_seconds_ = 0;
  double input_seconds_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace changeling

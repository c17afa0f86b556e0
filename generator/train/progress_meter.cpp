#include "generator/train/progress_meter.h"

#include <algorithm>

#include <ATen/ATen.h>

namespace changeling {

void ProgressMeter::add(const StepOutput& output, double adversarial, int samples) {
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

FitProgress ProgressMeter::report(std::int64_t step) const {
  FitProgress progress;
  progress.step = step;
  for (const auto& [name, sum] : sums_) {
    progress.terms.emplace_back(name, sum / static_cast<double>(std::max<std::int64_t>(1, steps_)));
  }
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  progress.samples_per_second = elapsed > 0 ? static_cast<double>(samples_) / elapsed : 0;
  progress.stage_wait_share = elapsed > 0 ? prepare_seconds_ / elapsed : 0;
  progress.input_share = elapsed > 0 ? input_seconds_ / elapsed : 0;
  return progress;
}

}  // namespace changeling

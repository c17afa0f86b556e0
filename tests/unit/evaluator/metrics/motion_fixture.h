// tests/unit/evaluator/metrics/motion_fixture.h: steps between small pictures with flows made by
// hand.
#pragma once

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"
#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {

/// A step of four pictures of one size; every flow is zero, alpha is full.
inline MotionStep still_step(const Frame& fake_before, const Frame& fake_after,
                             const Frame& target_before, const Frame& target_after) {
  MotionStep step;
  step.fake_before = to_tensor(fake_before).clone();
  step.fake_after = to_tensor(fake_after).clone();
  step.target_before = to_tensor(target_before).clone();
  step.target_after = to_tensor(target_after).clone();
  const at::Tensor zero = at::zeros({fake_before.height_px(), fake_before.width_px(), 2});
  step.target_forward = zero;
  step.target_backward = zero;
  step.fake_forward = zero;
  step.alpha_before = at::full({fake_before.height_px(), fake_before.width_px()}, 255, at::kByte);
  return step;
}

/// The same vector everywhere.
inline at::Tensor even_flow(std::int64_t height, std::int64_t width, double dx, double dy) {
  return at::stack({at::full({height, width}, dx), at::full({height, width}, dy)}, 2)
      .to(at::kFloat);
}

/// Samples of a metric over steps; null for one that could not be made.
inline std::vector<Sample> score_steps(const Metric& metric,
                                       const std::vector<const MotionStep*>& steps) {
  const std::unique_ptr<MetricAccumulator> accumulator = metric.begin({});
  for (std::size_t i = 0; i < steps.size(); ++i) {
    FrameSample frame;
    frame.frame_index = static_cast<std::int64_t>(i) + 3;
    frame.step = steps[i];
    accumulator->observe(frame);
  }
  return accumulator->finish();
}

inline Sample score_step(const Metric& metric, const MotionStep& step) {
  return score_steps(metric, {&step}).front();
}

}  // namespace changeling

// evaluator/metrics/clip_metric.h: the common shape of metrics with one value per clip. Layer 4.
#pragma once

#include <functional>
#include <memory>

#include "evaluator/metrics/metric.h"

namespace changeling {

/// Makes the accumulator of one clip; its finish() returns a single sample of frame -1.
using ClipScorer = std::function<std::unique_ptr<MetricAccumulator>(const ClipContext& clip)>;

[[nodiscard]] std::unique_ptr<Metric> make_clip_metric(MetricInfo info, ClipScorer begin);

/// The clip's sample: `value` when `status` is ok and the value finite, else the reason (nan for a
/// value that is not finite).
[[nodiscard]] Sample clip_sample(SampleStatus status, double value);

}  // namespace changeling

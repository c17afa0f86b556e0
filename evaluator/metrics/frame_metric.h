// evaluator/metrics/frame_metric.h: the common shape of metrics that score each frame on its own.
// Layer 4.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "evaluator/metrics/metric.h"

namespace changeling {

/// Value or status of one frame; `frame` of the result is filled in by the accumulator. Pure.
using FrameScorer = std::function<Sample(const ClipContext& clip, const FrameSample& frame)>;

/// A metric whose samples are `score` of each observed frame, in order. A value that is not finite
/// becomes status nan.
[[nodiscard]] std::unique_ptr<Metric> make_frame_metric(MetricInfo info, FrameScorer score);

/// A sample with a value, and one without.
[[nodiscard]] Sample sample_value(double value);
[[nodiscard]] Sample sample_status(SampleStatus status);

/// The value, or status skipped where there is none.
[[nodiscard]] Sample sample_of(const std::optional<double>& value);

/// "decode_error" when a picture that is compared is missing or sizes or formats differ, else ok.
/// The first looks at fake, target and alpha, the second at the real control, too.
[[nodiscard]] SampleStatus check_pictures(const FrameSample& frame);
[[nodiscard]] SampleStatus check_pictures_and_control(const FrameSample& frame);

/// "decode_error" when fake or target is missing, "no_face" when one of them has no 68 landmarks,
/// else ok.
[[nodiscard]] SampleStatus check_landmarks(const FrameSample& frame);

}  // namespace changeling

// Does a fake move, and does it flicker? Optical flow against the target's (tOF of Chu et al. 2020,
// TecoGAN), and brightness that changes while nothing moves (temporal flickering of VBench).
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/clip_metric.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/plane.h"
#include "evaluator/metrics/sample_tally.h"

namespace changeling {
namespace {

/// A target counts as static when the fastest 5 % of its pixels move less than this on average.
constexpr double kStaticPx = 0.5;
constexpr std::ptrdiff_t kFastestShare = 20;  // one of that many

/// Of vectors (..., 2) in float32, one after the other.
std::vector<double> lengths_of(const at::Tensor& vectors) {
  const at::Tensor flat = vectors.to(at::kFloat).contiguous();
  const auto* xy = flat.data_ptr<float>();
  std::vector<double> lengths(static_cast<std::size_t>(flat.numel() / 2));
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const double x = xy[2 * i];
    const double y = xy[2 * i + 1];
    lengths[i] = std::sqrt(x * x + y * y);
  }
  return lengths;
}

double mean_of(std::vector<double>::const_iterator first,
               std::vector<double>::const_iterator last) {
  return std::accumulate(first, last, 0.0) / static_cast<double>(last - first);
}

Sample score_flow(const ClipContext& /*clip*/, const FrameSample& frame) {
  if (frame.step == nullptr) {
    return sample_status(SampleStatus::kDecodeError);
  }
  const std::vector<double> lengths =
      lengths_of(frame.step->target_forward - frame.step->fake_forward);
  return sample_value(mean_of(lengths.begin(), lengths.end()));
}

/// Mean length of the longest vectors.
double fastest_motion(const at::Tensor& flow) {
  std::vector<double> lengths = lengths_of(flow);
  const auto n =
      std::max<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(lengths.size()) / kFastestShare);
  // Partly, then all of the chosen: the order of a sum must not hang on the library.
  std::nth_element(lengths.begin(), lengths.begin() + (n - 1), lengths.end(), std::greater<>());
  std::sort(lengths.begin(), lengths.begin() + n);
  return mean_of(lengths.begin(), lengths.begin() + n);
}

/// Mean absolute change of a byte.
double mean_change(const at::Tensor& before, const at::Tensor& after) {
  const at::Tensor first = before.contiguous();
  const at::Tensor second = after.contiguous();
  const auto* a = first.data_ptr<std::uint8_t>();
  const auto* b = second.data_ptr<std::uint8_t>();
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < first.numel(); ++i) {
    sum += std::abs(a[i] - b[i]);
  }
  return static_cast<double>(sum) / static_cast<double>(first.numel());
}

class FlickerAccumulator final : public MetricAccumulator {
 public:
  void observe(const FrameSample& frame) override {
    if (frame.step == nullptr) {
      tally_.add(SampleStatus::kDecodeError);
      return;
    }
    tally_.add(SampleStatus::kOk);
    const MotionStep& step = *frame.step;
    change_ += mean_change(step.fake_before, step.fake_after);
    motion_ += fastest_motion(step.target_forward);
  }

  std::vector<Sample> finish() override {
    const auto n = static_cast<double>(tally_.n_ok());
    if (tally_.status() == SampleStatus::kOk && motion_ > kStaticPx * n) {
      return {clip_sample(SampleStatus::kSkipped, 0)};
    }
    return {clip_sample(tally_.status(), (255 - change_ / n) / 255)};
  }

 private:
  SampleTally tally_;
  double change_ = 0;
  double motion_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_t_of() {
  MetricInfo info;
  info.name = "tOF";
  info.unit = "px";
  info.direction = MetricDirection::kDown;
  info.definition =
      "mean length of the difference of the target's and the fake's optical flow, around the face";
  info.version = 3;
  info.sampling = "steps10";
  info.params_json = R"({"flow":"Farneback: )" + std::string(kFlowText) + R"(","pictures":")" +
                     kStepPicturesText + R"(","sampling":"steps10"})";
  info.inputs = kTargetInput;
  return make_frame_metric(std::move(info), score_flow);
}

std::unique_ptr<Metric> make_flicker_static() {
  MetricInfo info;
  info.name = "flicker_static";
  info.unit = "1";
  info.direction = MetricDirection::kUp;
  info.definition =
      "1 minus the mean absolute change from frame to frame over 255, around the face, of clips "
      "whose target is static there";
  info.version = 3;
  info.sampling = "steps10";
  info.params_json =
      R"({"pictures":")" + std::string(kStepPicturesText) +
      R"(","sampling":"steps10","static":"mean flow of the fastest 5 % of the target's pixels at )"
      R"(most 0.5 px a frame"})";
  info.inputs = kTargetInput;
  return make_clip_metric(std::move(info), [](const ClipContext& /*clip*/) {
    return std::make_unique<FlickerAccumulator>();
  });
}

}  // namespace changeling

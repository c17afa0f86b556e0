// Does a fake move, and does it flicker? Optical flow against the target's (tOF of Chu et al. 2020,
// TecoGAN), and brightness that changes while nothing moves (temporal flickering of VBench).
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/clip_metric.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/plane.h"
#include "evaluator/metrics/sample_tally.h"

namespace changeling {
namespace {

/// A target counts as static when the fastest 5 % of its pixels move less than this on average, in
/// shares of the shorter side: 0.5 px of 256.
constexpr double kStaticMotion = 0.5 / 256;
constexpr std::int64_t kFastestShare = 20;  // one of that many

at::Tensor norm_of(const at::Tensor& flow) {
  return flow.to(at::kDouble).pow(2).sum(2).sqrt();
}

Sample score_flow(const ClipContext& /*clip*/, const FrameSample& frame) {
  if (frame.step == nullptr) {
    return sample_status(SampleStatus::kDecodeError);
  }
  const at::Tensor distance = norm_of(frame.step->target_forward - frame.step->fake_forward);
  return sample_value(plane_sum(distance) / static_cast<double>(distance.numel()));
}

/// Mean length of the longest vectors, over the shorter side of the picture.
double fastest_motion(const at::Tensor& flow) {
  const at::Tensor lengths = norm_of(flow).reshape(-1);
  const std::int64_t n = std::max<std::int64_t>(1, lengths.size(0) / kFastestShare);
  return std::get<0>(lengths.topk(n)).mean().item<double>() /
         static_cast<double>(std::min(flow.size(0), flow.size(1)));
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
    const at::Tensor change =
        (step.fake_after.to(at::kDouble) - step.fake_before.to(at::kDouble)).abs();
    change_ += change.sum({1, 2}).sum().item<double>() / static_cast<double>(change.numel());
    motion_ += fastest_motion(step.target_forward);
  }

  std::vector<Sample> finish() override {
    const auto n = static_cast<double>(tally_.n_ok());
    if (tally_.status() == SampleStatus::kOk && motion_ > kStaticMotion * n) {
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
  info.definition = "mean length of the difference of the target's and the fake's optical flow";
  info.sampling = "steps30";
  info.params_json = R"({"crop":"centred, to multiples of 8","flow":"Farneback: )" +
                     std::string(kFlowText) + R"(","sampling":"steps30"})";
  info.inputs = kTargetInput;
  return make_frame_metric(std::move(info), score_flow);
}

std::unique_ptr<Metric> make_flicker_static() {
  MetricInfo info;
  info.name = "flicker_static";
  info.unit = "1";
  info.direction = MetricDirection::kUp;
  info.definition =
      "1 minus the mean absolute change from frame to frame over 255, of clips whose target is "
      "static";
  info.sampling = "steps30";
  info.params_json =
      R"({"crop":"centred, to multiples of 8","sampling":"steps30","static":"mean flow of the fastest )"
      R"(5 % of the target's pixels at most 0.5/256 of the shorter side a frame"})";
  info.inputs = kTargetInput;
  return make_clip_metric(std::move(info), [](const ClipContext& /*clip*/) {
    return std::make_unique<FlickerAccumulator>();
  });
}

}  // namespace changeling

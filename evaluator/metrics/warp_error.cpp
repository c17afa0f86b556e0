// Does a fake move as its target does? What is left after one frame is warped onto the next
// (Lai et al. 2018, "Learning blind video temporal consistency", eq. 9 and 10).
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/clip_metric.h"
#include "evaluator/metrics/flow_warp.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/plane.h"
#include "evaluator/metrics/sample_tally.h"

namespace changeling {
namespace {

constexpr double kStillTarget = 1e-8;  // a ratio to less is noise

at::Tensor fake_error(const FrameSample& frame) {
  const MotionStep& step = *frame.step;
  return remembered(frame, &FrameMemo::warp_fake, [&] {
    return warp_error(step.fake_before, step.fake_after, step.target_forward);
  });
}

at::Tensor target_error(const FrameSample& frame) {
  const MotionStep& step = *frame.step;
  return remembered(frame, &FrameMemo::warp_target, [&] {
    return warp_error(step.target_before, step.target_after, step.target_forward);
  });
}

/// uint8 (H,W): 1 where the target's motion can be trusted; in the swapped area alone if asked.
at::Tensor counted_pixels(const FrameSample& frame, bool inside_only) {
  const MotionStep& step = *frame.step;
  const at::Tensor mask = remembered(frame, &FrameMemo::trusted, [&] {
    return trusted_motion(step.target_forward, step.target_backward);
  });
  return inside_only ? mask * step.alpha_before.ge(128).to(at::kByte) : mask;
}

/// Of at least one pixel.
double mean_over(const at::Tensor& plane, const at::Tensor& mask) {
  return masked_sum(plane, mask) / static_cast<double>(count_marked(mask));
}

Sample score_step(const ClipContext& /*clip*/, const FrameSample& frame) {
  if (frame.step == nullptr) {
    return sample_status(SampleStatus::kDecodeError);
  }
  const at::Tensor mask = counted_pixels(frame, false);
  if (count_marked(mask) < 1) {
    return sample_status(SampleStatus::kSkipped);
  }
  return sample_value(mean_over(fake_error(frame), mask));
}

class RatioAccumulator final : public MetricAccumulator {
 public:
  explicit RatioAccumulator(bool inside_only) : inside_only_(inside_only) {}

  void observe(const FrameSample& frame) override {
    if (frame.step == nullptr) {
      tally_.add(SampleStatus::kDecodeError);
      return;
    }
    const at::Tensor mask = counted_pixels(frame, inside_only_);
    if (count_marked(mask) < 1) {
      tally_.add(SampleStatus::kSkipped);
      return;
    }
    tally_.add(SampleStatus::kOk);
    fake_ += mean_over(fake_error(frame), mask);
    target_ += mean_over(target_error(frame), mask);
  }

  std::vector<Sample> finish() override {
    const bool is_still = target_ < kStillTarget * static_cast<double>(tally_.n_ok());
    if (tally_.status() == SampleStatus::kOk && is_still) {
      return {clip_sample(SampleStatus::kSkipped, 0)};
    }
    return {clip_sample(tally_.status(), fake_ / target_)};
  }

 private:
  bool inside_only_;
  SampleTally tally_;
  double fake_ = 0;
  double target_ = 0;
};

MetricInfo warp_info(const std::string& name, const std::string& mask, std::string definition) {
  MetricInfo info;
  info.name = name;
  info.unit = "1";
  info.definition = std::move(definition);
  info.version = 3;
  info.sampling = "steps10";
  info.params_json =
      R"({"error":"squared, RGB in 0..1, summed over channels","flow":"Farneback of the target: )" +
      std::string(kFlowText) + R"(","mask":")" + mask + R"(","pictures":")" + kStepPicturesText +
      R"(","sampling":"steps10"})";
  return info;
}

constexpr const char* kTrusted =
    "n(b_w + f) <= .01 (n(b_w) + n(f)) + .5 and n(grad f) <= .01 n(f) + .002 at the first frame";

std::unique_ptr<Metric> make_ratio(const std::string& name, bool inside_only,
                                   const std::string& mask, std::string definition) {
  MetricInfo info = warp_info(name, mask, std::move(definition));
  info.direction = MetricDirection::kToOne;
  info.inputs = inside_only ? kTargetInput | kAlphaInput : kTargetInput;
  return make_clip_metric(std::move(info), [inside_only](const ClipContext& /*clip*/) {
    return std::make_unique<RatioAccumulator>(inside_only);
  });
}

}  // namespace

std::unique_ptr<Metric> make_ewarp() {
  MetricInfo info = warp_info("ewarp", kTrusted,
                              "mean squared difference of a frame of the fake and the next one "
                              "warped onto it by the target's flow, around the face");
  info.direction = MetricDirection::kDown;
  info.inputs = kTargetInput;
  return make_frame_metric(std::move(info), score_step);
}

std::unique_ptr<Metric> make_ewarp_ratio() {
  return make_ratio("ewarp_ratio", false, kTrusted,
                    "warp error of the fake over that of its target, both by the target's flow, "
                    "around the face");
}

std::unique_ptr<Metric> make_ewarp_ratio_mask() {
  return make_ratio("ewarp_ratio_mask", true, std::string(kTrusted) + "; alpha > 0.5",
                    "warp error inside the mask, fake over target, both by the target's flow");
}

}  // namespace changeling

#include "evaluator/metrics/frame_metric.h"

#include <cmath>
#include <utility>

namespace changeling {
namespace {

constexpr std::size_t kLandmarks = 68;

class FrameAccumulator final : public MetricAccumulator {
 public:
  FrameAccumulator(ClipContext clip, FrameScorer score)
      : clip_(std::move(clip)), score_(std::move(score)) {}

  void observe(const FrameSample& frame) override {
    Sample sample = score_(clip_, frame);
    sample.frame = frame.frame_index;
    if (sample.status == SampleStatus::kOk && !std::isfinite(sample.value)) {
      sample.status = SampleStatus::kNan;
      sample.value = 0;
    }
    samples_.push_back(sample);
  }

  std::vector<Sample> finish() override { return std::move(samples_); }

 private:
  ClipContext clip_;
  FrameScorer score_;
  std::vector<Sample> samples_;
};

class FrameMetric final : public Metric {
 public:
  FrameMetric(MetricInfo info, FrameScorer score)
      : info_(std::move(info)), score_(std::move(score)) {}

  MetricInfo info() const override { return info_; }

  std::unique_ptr<MetricAccumulator> begin(const ClipContext& clip) const override {
    return std::make_unique<FrameAccumulator>(clip, score_);
  }

 private:
  MetricInfo info_;
  FrameScorer score_;
};

bool same_size(const Frame& a, const Frame& b) {
  return a.width_px() == b.width_px() && a.height_px() == b.height_px();
}

}  // namespace

std::unique_ptr<Metric> make_frame_metric(MetricInfo info, FrameScorer score) {
  return std::make_unique<FrameMetric>(std::move(info), std::move(score));
}

Sample sample_value(double value) {
  return {-1, SampleStatus::kOk, value};
}

Sample sample_status(SampleStatus status) {
  return {-1, status, 0};
}

Sample sample_of(const std::optional<double>& value) {
  return value ? sample_value(*value) : sample_status(SampleStatus::kSkipped);
}

SampleStatus check_landmarks(const FrameSample& frame) {
  if (frame.fake == nullptr || frame.target == nullptr) {
    return SampleStatus::kDecodeError;
  }
  const auto has_landmarks = [](const FaceMeasurement& face) {
    return face.found && face.landmarks.size() == kLandmarks;
  };
  return has_landmarks(frame.fake_face) && has_landmarks(frame.target_face) ? SampleStatus::kOk
                                                                            : SampleStatus::kNoFace;
}

SampleStatus check_pictures(const FrameSample& frame) {
  const bool present = frame.fake != nullptr && frame.target != nullptr && frame.alpha != nullptr;
  const bool fit =
      present && same_size(*frame.fake, *frame.target) && same_size(*frame.fake, *frame.alpha) &&
      frame.fake->format() == PixelFormat::kRgb24 &&
      frame.target->format() == PixelFormat::kRgb24 && frame.alpha->format() == PixelFormat::kGray8;
  return fit ? SampleStatus::kOk : SampleStatus::kDecodeError;
}

SampleStatus check_pictures_and_control(const FrameSample& frame) {
  const SampleStatus status = check_pictures(frame);
  if (status != SampleStatus::kOk) {
    return status;
  }
  const bool fits = frame.control != nullptr && same_size(*frame.control, *frame.fake) &&
                    frame.control->format() == PixelFormat::kRgb24;
  return fits ? SampleStatus::kOk : SampleStatus::kDecodeError;
}

}  // namespace changeling

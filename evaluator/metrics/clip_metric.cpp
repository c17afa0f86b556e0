#include "evaluator/metrics/clip_metric.h"

#include <cmath>
#include <utility>

namespace changeling {
namespace {

class ClipMetric final : public Metric {
 public:
  ClipMetric(MetricInfo info, ClipScorer begin) : info_(std::move(info)), begin_(std::move(begin)) {
    info_.level = MetricLevel::kClip;
  }

  MetricInfo info() const override { return info_; }

  std::unique_ptr<MetricAccumulator> begin(const ClipContext& clip) const override {
    return begin_(clip);
  }

 private:
  MetricInfo info_;
  ClipScorer begin_;
};

}  // namespace

std::unique_ptr<Metric> make_clip_metric(MetricInfo info, ClipScorer begin) {
  return std::make_unique<ClipMetric>(std::move(info), std::move(begin));
}

Sample clip_sample(SampleStatus status, double value) {
  if (status != SampleStatus::kOk) {
    return {-1, status, 0};
  }
  return std::isfinite(value) ? Sample{-1, SampleStatus::kOk, value}
                              : Sample{-1, SampleStatus::kNan, 0};
}

}  // namespace changeling

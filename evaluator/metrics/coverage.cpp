// How much of what could be swapped was swapped.
#include "evaluator/metrics/builtin_metrics.h"

namespace changeling {
namespace {

class CoverageAccumulator final : public MetricAccumulator {
 public:
  explicit CoverageAccumulator(const ClipContext& clip)
      : swapped_(clip.n_swapped_frames), faces_(clip.n_target_face_frames) {}

  void observe(const FrameSample& /*frame*/) override {}

  std::vector<Sample> finish() override {
    if (faces_ == 0) {
      return {{-1, SampleStatus::kNoFace, 0}};
    }
    if (swapped_ >
        faces_) {  // labels and track contradict each other: no number is better than a wrong one
      return {{-1, SampleStatus::kNan, 0}};
    }
    return {{-1, SampleStatus::kOk, static_cast<double>(swapped_) / static_cast<double>(faces_)}};
  }

 private:
  std::int64_t swapped_;
  std::int64_t faces_;
};

class CoverageMetric final : public Metric {
 public:
  MetricInfo info() const override {
    MetricInfo info;
    info.name = "coverage";
    info.unit = "1";
    info.direction = MetricDirection::kUp;
    info.level = MetricLevel::kClip;
    info.sampling = "none";
    info.definition = "swapped frames as a share of the target's frames with the tracked face";
    info.params_json = R"({"denominator":"observations of the target's track in the fake's range",)"
                       R"("sampling":"none"})";
    return info;
  }

  std::unique_ptr<MetricAccumulator> begin(const ClipContext& clip) const override {
    return std::make_unique<CoverageAccumulator>(clip);
  }
};

}  // namespace

std::unique_ptr<Metric> make_coverage() {
  return std::make_unique<CoverageMetric>();
}

}  // namespace changeling

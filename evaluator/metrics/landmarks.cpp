// Do the fake's landmarks lie where the target's do? Normalised mean error.
#include <cmath>

#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"

namespace changeling {
namespace {

constexpr std::size_t kPoints = 68;
constexpr std::size_t kRightEyeOuter = 36;  // iBUG order, the subject's right
constexpr std::size_t kLeftEyeOuter = 45;

double distance(PointF a, PointF b) {
  return std::hypot(static_cast<double>(a.x) - static_cast<double>(b.x),
                    static_cast<double>(a.y) - static_cast<double>(b.y));
}

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  if (frame.fake == nullptr || frame.target == nullptr) {
    return sample_status(SampleStatus::kDecodeError);
  }
  const Landmarks& fake = frame.fake_face.landmarks;
  const Landmarks& target = frame.target_face.landmarks;
  const bool found = frame.fake_face.found && frame.target_face.found;
  if (!found || fake.size() != kPoints || target.size() != kPoints) {
    return sample_status(SampleStatus::kNoFace);
  }
  double sum = 0;
  for (std::size_t i = 0; i < kPoints; ++i) {
    sum += distance(fake[i], target[i]);
  }
  const double eye_distance = distance(target[kRightEyeOuter], target[kLeftEyeOuter]);
  if (!(eye_distance > 0)) {
    return sample_status(SampleStatus::kNan);
  }
  return sample_value(100 * sum / static_cast<double>(kPoints) / eye_distance);
}

}  // namespace

std::unique_ptr<Metric> make_lmk_nme() {
  MetricInfo info;
  info.name = "lmk_nme";
  info.unit = "%IOD";
  info.direction = MetricDirection::kDown;
  info.scorer = "lmk68";
  info.definition =
      "mean distance of 68 landmarks, fake to target, in percent of the target's outer eye "
      "distance";
  info.sampling = "even30";
  info.params_json =
      R"({"box":"one crop for both, from the landmarks of the target's track","iod":"points 36 and 45 )"
      R"(of the target","sampling":"even30"})";
  return make_frame_metric(info, score);
}

}  // namespace changeling

// Do the fake's landmarks lie where the target's do? Normalised mean error.
#include <cmath>

#include "common/face/landmark_layout.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"

namespace changeling {
namespace {

constexpr std::size_t kPoints = 68;

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
  const double error = landmark_error_percent(fake, target);
  return std::isfinite(error) ? sample_value(error) : sample_status(SampleStatus::kNan);
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

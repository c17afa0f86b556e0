// Do the fake's landmarks lie where the target's do? Normalised mean error.
#include <cmath>

#include "common/face/landmark_layout.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"

namespace changeling {
namespace {

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_landmarks(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  const double error =
      landmark_error_percent(frame.fake_face.landmarks, frame.target_face.landmarks);
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
  info.inputs = kTargetInput;
  return make_frame_metric(info, score);
}

}  // namespace changeling

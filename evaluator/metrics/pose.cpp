// Does the fake's head point where the target's does?
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"

namespace changeling {
namespace {

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  if (frame.fake == nullptr || frame.target == nullptr) {
    return sample_status(SampleStatus::kDecodeError);
  }
  if (!frame.fake_face.found || !frame.target_face.found) {
    return sample_status(SampleStatus::kNoFace);
  }
  return sample_value(
      static_cast<double>(pose_distance_deg(frame.target_face.pose_deg, frame.fake_face.pose_deg)));
}

}  // namespace

std::unique_ptr<Metric> make_pose_l2_deg() {
  MetricInfo info;
  info.name = "pose_l2_deg";
  info.unit = "deg";
  info.direction = MetricDirection::kDown;
  info.scorer = "pose66";
  info.definition = "norm of the (yaw, pitch, roll) difference of target and fake, angles wrapped";
  info.sampling = "even30";
  info.params_json =
      R"({"box":"landmarks of each frame, found from the target's track","sampling":"even30"})";
  info.inputs = kTargetInput;
  return make_frame_metric(info, score);
}

}  // namespace changeling

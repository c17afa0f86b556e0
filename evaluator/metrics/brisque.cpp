// Does the face look like a photograph at all? BRISQUE of the fake, and what the swap did to it.
#include <utility>

#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"

namespace changeling {
namespace {

/// "decode_error" without the picture, "no_face" where the target's track has none, "skipped" where
/// too few pixels show it, else ok.
SampleStatus check_square(const Frame* picture, const SquareMeasurement& square) {
  if (picture == nullptr) {
    return SampleStatus::kDecodeError;
  }
  if (!square.found) {
    return SampleStatus::kNoFace;
  }
  return square.brisque ? SampleStatus::kOk : SampleStatus::kSkipped;
}

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_square(frame.fake, frame.fake_square);
  return status == SampleStatus::kOk ? sample_value(*frame.fake_square.brisque)
                                     : sample_status(status);
}

Sample score_excess(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus of_fake = check_square(frame.fake, frame.fake_square);
  const SampleStatus of_control = check_square(frame.control, frame.control_square);
  if (of_fake != SampleStatus::kOk || of_control != SampleStatus::kOk) {
    return sample_status(of_fake != SampleStatus::kOk ? of_fake : of_control);
  }
  return sample_value(*frame.fake_square.brisque - *frame.control_square.brisque);
}

MetricInfo brisque_info() {
  MetricInfo info;
  info.unit = "1";
  info.scorer = "brisque";
  info.sampling = "even10";
  info.params_json =
      R"({"colour":"grey","crop":"whole pixels of the square on the face box of the target's )"
      R"(landmarks, side 1.2, cut at the frame","resize":"area mean to 256 px where larger",)"
      R"("sampling":"even10"})";
  return info;
}

}  // namespace

std::unique_ptr<Metric> make_brisque() {
  MetricInfo info = brisque_info();
  info.name = "brisque";
  info.direction = MetricDirection::kDown;
  info.definition = "BRISQUE of the fake around the target's face: 0 = natural, 100 = distorted";
  info.inputs = kNoInput;
  return make_frame_metric(std::move(info), score);
}

std::unique_ptr<Metric> make_brisque_excess() {
  MetricInfo info = brisque_info();
  info.name = "brisque_excess";
  info.direction = MetricDirection::kToZero;
  info.definition =
      "brisque of the fake minus brisque of its real control: what the swap, not the codec, did";
  info.inputs = kControlInput;
  return make_frame_metric(std::move(info), score_excess);
}

}  // namespace changeling

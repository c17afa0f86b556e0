// Does the fake open eyes and mouth as the target does? Aspect ratios of landmarks, no network.
#include <cmath>
#include <cstddef>
#include <utility>

#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"

namespace changeling {
namespace {

double distance(const Landmarks& points, std::size_t a, std::size_t b) {
  return std::hypot(static_cast<double>(points[a].x) - static_cast<double>(points[b].x),
                    static_cast<double>(points[a].y) - static_cast<double>(points[b].y));
}

/// Opening of the eye whose outer or inner corner is `first` (36 or 42), over its width.
double eye_aspect(const Landmarks& p, std::size_t first) {
  return (distance(p, first + 1, first + 5) + distance(p, first + 2, first + 4)) /
         (2 * distance(p, first, first + 3));
}

/// Opening of the inner lips, over their width.
double mouth_aspect(const Landmarks& p) {
  return (distance(p, 61, 67) + distance(p, 62, 66) + distance(p, 63, 65)) /
         (3 * distance(p, 60, 64));
}

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_landmarks(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  const Landmarks& fake = frame.fake_face.landmarks;
  const Landmarks& target = frame.target_face.landmarks;
  return sample_value((std::abs(eye_aspect(fake, 36) - eye_aspect(target, 36)) +
                       std::abs(eye_aspect(fake, 42) - eye_aspect(target, 42)) +
                       std::abs(mouth_aspect(fake) - mouth_aspect(target))) /
                      3);
}

}  // namespace

std::unique_ptr<Metric> make_expr_aspect() {
  MetricInfo info;
  info.name = "expr_aspect";
  info.unit = "1";
  info.direction = MetricDirection::kDown;
  info.scorer = "lmk68";
  info.definition =
      "mean absolute change of the aspect ratios of both eyes and the mouth, fake to target";
  info.sampling = "even30";
  info.params_json =
      R"({"box":"one crop for both, from the landmarks of the target's track","eyes":"d = distance: )"
      R"((d(37,41) + d(38,40)) / (2 d(36,39)) and 42 to 47 alike","mouth":"(d(61,67) + d(62,66) + )"
      R"(d(63,65)) / 3 d(60,64) of the inner lips","sampling":"even30"})";
  info.inputs = kTargetInput;
  return make_frame_metric(std::move(info), score);
}

}  // namespace changeling

// Does the swapped face shake or change its person from frame to frame?
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/clip_metric.h"
#include "evaluator/metrics/embedding.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/sample_tally.h"

namespace changeling {
namespace {

/// What is remembered of a frame.
struct FacePoints {
  std::int64_t frame = -1;
  SampleStatus status = SampleStatus::kSkipped;
  Landmarks fake;
  Landmarks target;
};

/// Whether the face is there is asked on the even30 frames and holds until the next of them: a
/// detector's look costs as much as six of the landmarks' network.
SampleStatus check_presence(SampleStatus status, const FrameSample& frame) {
  return status == SampleStatus::kOk && !frame.shows_face ? SampleStatus::kNoFace : status;
}

FacePoints points_of(const FrameSample& frame) {
  return {frame.frame_index, check_presence(check_landmarks(frame), frame),
          frame.fake_face.landmarks, frame.target_face.landmarks};
}

/// Mean squared length of the second difference of the points.
double squared_acceleration(const Landmarks& a, const Landmarks& b, const Landmarks& c) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x =
        static_cast<double>(a[i].x) - 2 * static_cast<double>(b[i].x) + static_cast<double>(c[i].x);
    const double y =
        static_cast<double>(a[i].y) - 2 * static_cast<double>(b[i].y) + static_cast<double>(c[i].y);
    sum += x * x + y * y;
  }
  return sum / static_cast<double>(a.size());
}

double squared_eye_distance(const Landmarks& points) {
  const double x = static_cast<double>(points[45].x) - static_cast<double>(points[36].x);
  const double y = static_cast<double>(points[45].y) - static_cast<double>(points[36].y);
  return x * x + y * y;
}

class LandmarkJitter final : public MetricAccumulator {
 public:
  explicit LandmarkJitter(bool is_excess) : is_excess_(is_excess) {}

  void observe(const FrameSample& frame) override {
    FacePoints now = points_of(frame);
    if (before_.frame >= 0 && before_.frame == now.frame - 2 && last_.frame == now.frame - 1) {
      add(before_, last_, now);
    }
    before_ = std::exchange(last_, std::move(now));
  }

  std::vector<Sample> finish() override {
    const auto n = static_cast<double>(tally_.n_ok());
    const double fake = 100 * std::sqrt(fake_ / n);
    const double target = 100 * std::sqrt(target_ / n);
    return {clip_sample(tally_.status(), is_excess_ ? fake - target : fake)};
  }

 private:
  void add(const FacePoints& a, const FacePoints& b, const FacePoints& c) {
    for (const FacePoints* frame : {&a, &b, &c}) {
      if (frame->status != SampleStatus::kOk) {
        tally_.add(frame->status);
        return;
      }
    }
    tally_.add(SampleStatus::kOk);
    const double scale = squared_eye_distance(b.target);
    fake_ += squared_acceleration(a.fake, b.fake, c.fake) / scale;
    target_ += squared_acceleration(a.target, b.target, c.target) / scale;
  }

  bool is_excess_;
  FacePoints before_;
  FacePoints last_;
  SampleTally tally_;
  double fake_ = 0;
  double target_ = 0;
};

/// Of frames two apart: half the looks of neighbours, and who stays another person for two frames
/// is never missed.
class IdentityJitter final : public MetricAccumulator {
 public:
  void observe(const FrameSample& frame) override {
    const bool follows = last_frame_ >= 0 && last_frame_ == frame.frame_index - 2;
    const SampleStatus status = status_of(frame);
    if (follows) {
      tally_.add(status == SampleStatus::kOk ? last_status_ : status);
      if (status == SampleStatus::kOk && last_status_ == SampleStatus::kOk) {
        cosines_.push_back(cosine(last_, frame.fake_face.identity_a));
      }
    }
    last_frame_ = frame.frame_index;
    last_status_ = status;
    last_ = frame.fake_face.identity_a;
  }

  std::vector<Sample> finish() override {
    if (tally_.status() == SampleStatus::kOk && cosines_.size() < 2) {
      return {clip_sample(SampleStatus::kSkipped, 0)};
    }
    const auto n = static_cast<double>(cosines_.size());
    double sum = 0;
    for (const double value : cosines_) {
      sum += value;
    }
    double squares = 0;
    for (const double value : cosines_) {
      squares += (value - sum / n) * (value - sum / n);
    }
    return {clip_sample(tally_.status(), std::sqrt(squares / (n - 1)))};
  }

 private:
  static SampleStatus status_of(const FrameSample& frame) {
    if (frame.fake == nullptr) {
      return SampleStatus::kDecodeError;
    }
    const bool found = frame.fake_face.found && !frame.fake_face.identity_a.empty();
    return check_presence(found ? SampleStatus::kOk : SampleStatus::kNoFace, frame);
  }

  std::int64_t last_frame_ = -1;
  SampleStatus last_status_ = SampleStatus::kSkipped;
  std::vector<float> last_;
  SampleTally tally_;
  std::vector<double> cosines_;
};

MetricInfo landmark_info() {
  MetricInfo info;
  info.unit = "%IOD";
  info.scorer = "lmk68";
  info.inputs = kTargetInput;
  info.asks_presence = true;
  info.version = 2;
  info.sampling = "all";
  info.params_json =
      R"({"box":"one crop for both, from the landmarks of the target's track","iod":"points 36 and 45 )"
      R"(of the target's middle frame","presence":"even30","sampling":"all","steps":"three frames in a row"})";
  return info;
}

}  // namespace

std::unique_ptr<Metric> make_lmk_jitter() {
  MetricInfo info = landmark_info();
  info.name = "lmk_jitter";
  info.direction = MetricDirection::kDown;
  info.definition =
      "RMS of the second difference of the fake's landmarks over time, in percent of the target's "
      "eye distance";
  return make_clip_metric(std::move(info), [](const ClipContext& /*clip*/) {
    return std::make_unique<LandmarkJitter>(false);
  });
}

std::unique_ptr<Metric> make_lmk_jitter_excess() {
  MetricInfo info = landmark_info();
  info.name = "lmk_jitter_excess";
  info.direction = MetricDirection::kDown;
  info.definition = "lmk_jitter of the fake minus lmk_jitter of its target";
  return make_clip_metric(std::move(info), [](const ClipContext& /*clip*/) {
    return std::make_unique<LandmarkJitter>(true);
  });
}

std::unique_ptr<Metric> make_id_jitter() {
  MetricInfo info;
  info.name = "id_jitter";
  info.unit = "1";
  info.direction = MetricDirection::kDown;
  info.scorer = "id512";
  info.inputs = kNoInput;
  info.asks_presence = true;
  info.definition =
      "standard deviation of the cosine between the fake's faces two frames apart, of every second "
      "frame";
  info.version = 3;
  info.sampling = "every2";
  info.params_json =
      R"({"alignment":"five points of lmk68 to the 112 px template","box":"landmarks of the target's )"
      R"(track","deviation":"divisor n - 1","presence":"even30","sampling":"every2","steps":"of two frames"})";
  return make_clip_metric(std::move(info), [](const ClipContext& /*clip*/) {
    return std::make_unique<IdentityJitter>();
  });
}

}  // namespace changeling

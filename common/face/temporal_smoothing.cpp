#include "common/face/temporal_smoothing.h"

#include <algorithm>
#include <cmath>

#include "common/base/error.h"

namespace changeling {
namespace {

/// A weighted sum of observations' numbers.
class WeightedFace {
 public:
  explicit WeightedFace(std::size_t n_landmarks) : sums_(7 + 2 * n_landmarks) {}

  void add(const FaceObservation& face, double weight) {
    CHANGELING_REQUIRE(sums_.size() == 7 + 2 * face.landmarks.size(),
                       "observations of a face need equally many landmarks");
    weight_ += weight;
    double* sum = sums_.data();
    const BBox& box = face.bbox_px;
    const EulerPose& pose = face.pose_deg;
    for (const float value :
         {box.x, box.y, box.width, box.height, pose.yaw_deg, pose.pitch_deg, pose.roll_deg}) {
      *sum++ += weight * value;
    }
    for (const PointF& point : face.landmarks) {
      *sum++ += weight * point.x;
      *sum++ += weight * point.y;
    }
  }

  /// Writes the weighted mean into the numbers of `face`.
  void write_mean(FaceObservation& face) const {
    const double* sum = sums_.data();
    const auto next = [&sum, this] { return static_cast<float>(*sum++ / weight_); };
    BBox& box = face.bbox_px;
    EulerPose& pose = face.pose_deg;
    for (float* value : {&box.x, &box.y, &box.width, &box.height, &pose.yaw_deg, &pose.pitch_deg,
                         &pose.roll_deg}) {
      *value = next();
    }
    for (PointF& point : face.landmarks) {
      point.x = next();
      point.y = next();
    }
  }

 private:
  std::vector<double> sums_;
  double weight_ = 0;
};

}  // namespace

std::vector<FaceObservation> smooth_observations(const std::vector<FaceObservation>& observations,
                                                 float sigma_frames) {
  if (sigma_frames <= 0) {
    return observations;
  }
  const auto count = static_cast<int>(observations.size());
  const auto full_radius = static_cast<int>(std::ceil(3 * sigma_frames));
  std::vector<FaceObservation> smoothed = observations;
  for (int i = 0; i < count; ++i) {
    const int radius = std::min({full_radius, i, count - 1 - i});
    WeightedFace mean(observations[static_cast<std::size_t>(i)].landmarks.size());
    for (int k = -radius; k <= radius; ++k) {
      const double distance = k / static_cast<double>(sigma_frames);
      mean.add(observations[static_cast<std::size_t>(i + k)], std::exp(-distance * distance / 2));
    }
    mean.write_mean(smoothed[static_cast<std::size_t>(i)]);
  }
  return smoothed;
}

std::vector<FaceObservation> interpolate_between(const FaceObservation& before,
                                                 const FaceObservation& after) {
  std::vector<FaceObservation> filled;
  const auto span = static_cast<double>(after.frame_index - before.frame_index);
  for (std::int64_t frame = before.frame_index + 1; frame < after.frame_index; ++frame) {
    FaceObservation face = before;
    face.frame_index = frame;
    face.status = FaceStatus::kInterpolated;
    face.score = std::min(before.score, after.score);
    const double share = static_cast<double>(frame - before.frame_index) / span;
    WeightedFace mean(before.landmarks.size());
    mean.add(before, 1 - share);
    mean.add(after, share);
    mean.write_mean(face);
    filled.push_back(std::move(face));
  }
  return filled;
}

}  // namespace changeling

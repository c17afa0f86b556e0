#include "generator/methods/mesh_swap/target_shape.h"

#include <algorithm>
#include <cmath>

#include "generator/methods/mesh_swap/face_layout.h"
#include "generator/methods/mesh_swap/view_selection.h"

namespace changeling {
namespace {

/// Gaussian weights for offsets -reach..reach.
struct Kernel {
  explicit Kernel(float sigma)
      : reach(sigma > 0 ? static_cast<std::ptrdiff_t>(std::ceil(3 * sigma)) : 0) {
    for (std::ptrdiff_t offset = -reach; offset <= reach; ++offset) {
      const double x = sigma > 0 ? static_cast<double>(offset) / sigma : 0.0;
      weights.push_back(std::exp(-0.5 * x * x));
    }
  }

  std::ptrdiff_t reach;
  std::vector<double> weights;
};

bool moves_fast(std::size_t landmark) {
  return landmark >= 36;
}  // eyes and mouth

/// The weighted mean of one landmark over the frames around `at` that exist.
PointF smoothed_point(const std::vector<Landmarks>& shapes, std::ptrdiff_t at, std::size_t landmark,
                      const Kernel& kernel) {
  const auto count = static_cast<std::ptrdiff_t>(shapes.size());
  double x = 0;
  double y = 0;
  double total = 0;
  for (std::ptrdiff_t offset = -kernel.reach; offset <= kernel.reach; ++offset) {
    if (at + offset < 0 || at + offset >= count) {
      continue;
    }
    const double weight = kernel.weights[static_cast<std::size_t>(offset + kernel.reach)];
    const PointF& point = shapes[static_cast<std::size_t>(at + offset)][landmark];
    x += weight * point.x;
    y += weight * point.y;
    total += weight;
  }
  return {static_cast<float>(x / total), static_cast<float>(y / total)};
}

std::vector<PointF> canonical_landmarks() {
  const std::vector<PointF>& layout = canonical_layout();
  return {layout.begin(), layout.begin() + static_cast<std::ptrdiff_t>(kLandmarkCount)};
}

void append_run(const FaceTrack& track, std::size_t first, std::size_t last, float sigma_frames,
                std::vector<std::vector<PointF>>& out) {
  static const std::vector<PointF> kUpright = canonical_landmarks();
  std::vector<CropTransform> to_upright;
  std::vector<Landmarks> shapes;
  for (std::size_t i = first; i < last; ++i) {
    const Landmarks& landmarks = track.observations[i].landmarks;
    to_upright.push_back(CropTransform::similarity(landmarks, kUpright));
    Landmarks shape;
    for (const PointF& point : landmarks) {
      shape.push_back(to_upright.back().to_crop(point));
    }
    shapes.push_back(std::move(shape));
  }
  const Kernel slow(sigma_frames);
  const Kernel fast(sigma_frames / 3);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    Landmarks steady;
    for (std::size_t k = 0; k < kLandmarkCount; ++k) {
      const Kernel& kernel = moves_fast(k) ? fast : slow;
      steady.push_back(to_upright[i].to_frame(
          smoothed_point(shapes, static_cast<std::ptrdiff_t>(i), k, kernel)));
    }
    out.push_back(extend_landmarks(steady));
  }
}

}  // namespace

std::vector<std::vector<PointF>> steady_mesh_points(const FaceTrack& track,
                                                    const std::vector<std::int64_t>& cuts,
                                                    float sigma_frames) {
  std::vector<std::vector<PointF>> points;
  points.reserve(track.observations.size());
  if (sigma_frames <= 0) {
    for (const FaceObservation& observation : track.observations) {
      points.push_back(extend_landmarks(observation.landmarks));
    }
    return points;
  }
  const std::vector<std::size_t> starts = run_starts(track, cuts);
  for (std::size_t run = 0; run + 1 < starts.size(); ++run) {
    append_run(track, starts[run], starts[run + 1], sigma_frames, points);
  }
  return points;
}

}  // namespace changeling

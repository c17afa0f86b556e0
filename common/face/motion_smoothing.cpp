#include "common/face/motion_smoothing.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "common/base/error.h"
#include "common/face/landmark_layout.h"

namespace changeling {
namespace {

using Sequence = std::vector<double>;

/// Change from the frame before; 0 for the first.
Sequence steps_of(const Sequence& values) {
  Sequence steps(values.size(), 0.0);
  for (std::size_t t = 1; t < values.size(); ++t) {
    steps[t] = values[t] - values[t - 1];
  }
  return steps;
}

/// A point's way over the frames.
struct Way {
  Sequence x;
  Sequence y;
};

/// Length of the smoothed step, per frame.
Sequence motion_of(const Way& way, int kernel) {
  const Sequence x = box_filter(steps_of(way.x), kernel);
  const Sequence y = box_filter(steps_of(way.y), kernel);
  Sequence motion(x.size());
  for (std::size_t t = 0; t < x.size(); ++t) {
    motion[t] = std::hypot(x[t], y[t]);
  }
  return motion;
}

/// The share of the measured value, 0 at rest .. 1.
double measured_share(double motion, double max_motion) {
  return std::min(1.0, motion / max_motion);
}

Sequence mixed(const Sequence& values, const Sequence& smooth, const Sequence& share) {
  Sequence result(values.size());
  for (std::size_t t = 0; t < values.size(); ++t) {
    result[t] = share[t] * values[t] + (1 - share[t]) * smooth[t];
  }
  return result;
}

Way way_of(const std::vector<Landmarks>& frames, std::size_t point) {
  Way way;
  for (const Landmarks& frame : frames) {
    way.x.push_back(frame[point].x);
    way.y.push_back(frame[point].y);
  }
  return way;
}

void smooth_group(std::vector<Landmarks>& frames, const std::vector<std::size_t>& group,
                  const LandmarkFilter& filter) {
  Sequence share(frames.size(), 0.0);
  for (const std::size_t point : group) {
    const Sequence motion = motion_of(way_of(frames, point), filter.motion_kernel);
    for (std::size_t t = 0; t < frames.size(); ++t) {
      share[t] += motion[t] / static_cast<double>(group.size());
    }
  }
  for (double& value : share) {
    value = measured_share(value, filter.max_motion);
  }
  for (const std::size_t point : group) {
    const Way way = way_of(frames, point);
    const Sequence x = mixed(way.x, box_filter(way.x, filter.kernel), share);
    const Sequence y = mixed(way.y, box_filter(way.y, filter.kernel), share);
    for (std::size_t t = 0; t < frames.size(); ++t) {
      frames[t][point] = {static_cast<float>(x[t]), static_cast<float>(y[t])};
    }
  }
}

/// One number per frame.
template <typename Frame, typename Get>
Sequence sequence_of(const std::vector<Frame>& frames, Get get) {
  Sequence values;
  values.reserve(frames.size());
  for (const Frame& frame : frames) {
    values.push_back(static_cast<double>(get(frame)));
  }
  return values;
}

Sequence divided(Sequence values, const Sequence& by) {
  for (std::size_t t = 0; t < values.size(); ++t) {
    values[t] /= by[t];
  }
  return values;
}

}  // namespace

std::size_t mirrored_index(std::ptrdiff_t i, std::size_t count) {
  if (count == 1) {
    return 0;
  }
  const auto last = static_cast<std::ptrdiff_t>(count) - 1;
  const std::ptrdiff_t period = 2 * last;
  const std::ptrdiff_t phase = ((i % period) + period) % period;
  return static_cast<std::size_t>(phase <= last ? phase : period - phase);
}

std::vector<double> box_filter(const std::vector<double>& values, int kernel) {
  CHANGELING_REQUIRE(kernel >= 1 && kernel % 2 == 1, "a box filter needs an odd width");
  const std::ptrdiff_t radius = kernel / 2;
  std::vector<double> filtered(values.size());
  for (std::size_t t = 0; t < values.size(); ++t) {
    double sum = 0;
    for (std::ptrdiff_t k = -radius; k <= radius; ++k) {
      sum += values[mirrored_index(static_cast<std::ptrdiff_t>(t) + k, values.size())];
    }
    filtered[t] = sum / kernel;
  }
  return filtered;
}

std::vector<Landmarks> smooth_landmarks(std::vector<Landmarks> frames,
                                        const LandmarkFilter& filter) {
  if (frames.empty()) {
    return {};
  }
  const LandmarkLayout& layout = landmark_layout(frames.front().size());
  for (const Landmarks& frame : frames) {
    CHANGELING_REQUIRE(frame.size() == layout.count,
                       "all frames of a face need equally many landmarks");
  }
  for (const std::vector<std::size_t>& group : layout.groups) {
    smooth_group(frames, group, filter);
  }
  return frames;
}

std::vector<EulerPose> smooth_poses(const std::vector<EulerPose>& frames, int kernel) {
  const auto filtered = [&](float EulerPose::*angle) {
    return box_filter(sequence_of(frames, [&](const EulerPose& pose) { return pose.*angle; }),
                      kernel);
  };
  const Sequence yaw = filtered(&EulerPose::yaw_deg);
  const Sequence pitch = filtered(&EulerPose::pitch_deg);
  const Sequence roll = filtered(&EulerPose::roll_deg);
  std::vector<EulerPose> smoothed;
  smoothed.reserve(frames.size());
  for (std::size_t t = 0; t < frames.size(); ++t) {
    smoothed.push_back(
        {static_cast<float>(yaw[t]), static_cast<float>(pitch[t]), static_cast<float>(roll[t])});
  }
  return smoothed;
}

std::vector<BBox> smooth_boxes(const std::vector<BBox>& frames, const BoxFilter& filter) {
  for (const BBox& box : frames) {
    CHANGELING_REQUIRE(box.area() > 0, "a face box must not be empty");
  }
  const auto width_of = [](const BBox& box) { return box.width; };
  const auto height_of = [](const BBox& box) { return box.height; };
  const Sequence width = box_filter(sequence_of(frames, width_of), filter.size_kernel);
  const Sequence height = box_filter(sequence_of(frames, height_of), filter.size_kernel);
  const Way center = {
      sequence_of(frames, [](const BBox& box) { return box.x + double(box.width) / 2; }),
      sequence_of(frames, [](const BBox& box) { return box.y + double(box.height) / 2; })};
  Sequence share =
      motion_of({divided(center.x, height), divided(center.y, height)}, filter.center_kernel);
  for (double& value : share) {
    value = measured_share(value, filter.max_motion);
  }
  const Sequence x = mixed(center.x, box_filter(center.x, filter.center_kernel), share);
  const Sequence y = mixed(center.y, box_filter(center.y, filter.center_kernel), share);
  std::vector<BBox> smoothed;
  smoothed.reserve(frames.size());
  for (std::size_t t = 0; t < frames.size(); ++t) {
    smoothed.push_back({static_cast<float>(x[t] - width[t] / 2),
                        static_cast<float>(y[t] - height[t] / 2), static_cast<float>(width[t]),
                        static_cast<float>(height[t])});
  }
  return smoothed;
}

}  // namespace changeling

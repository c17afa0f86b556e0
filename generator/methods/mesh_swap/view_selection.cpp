#include "generator/methods/mesh_swap/view_selection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "common/base/error.h"
#include "generator/methods/mesh_swap/face_layout.h"
#include "generator/methods/mesh_swap/float_image.h"

namespace changeling {
namespace {

// The greedy choice looks at samples of both tracks: 300 x 500 distances per step instead of
// millions.
constexpr std::size_t kMaxCandidates = 500;
constexpr std::size_t kMaxProbes = 300;
constexpr double kMinGain = 0.03;     // a further view must lower the summed cost by this share
constexpr float kFadeDeg = 5;         // opacity falls to 0 over the last degrees before a limit
constexpr float kSeenOpacity = 0.5F;  // below it the target's own face is most of what is seen

/// What makes two faces interchangeable: yaw and pitch in degrees, then expression measured against
/// the person's own habit, so that narrow eyes or a wide mouth are no difference.
using Feature = std::array<float, 6>;
constexpr std::size_t kYaw = 0;
constexpr std::size_t kPitch = 1;
constexpr std::size_t kEyes = 2;   // openness, share of the usual
constexpr std::size_t kMouth = 3;  // openness
constexpr std::size_t kWidth = 4;  // of the mouth, minus the usual
constexpr std::size_t kLift = 5;   // of the mouth corners, minus the usual

// Degrees of pose that a difference of 1 is worth.
constexpr Feature kWorthDeg = {1, 1, 20, 120, 80, 80};

/// The value of a feature below which `share` of the entries lie.
float quantile(const std::vector<Feature>& features, std::size_t column, double share) {
  std::vector<float> values;
  values.reserve(features.size());
  for (const Feature& feature : features) {
    values.push_back(feature[column]);
  }
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

std::vector<Feature> features_of(const FaceTrack& track) {
  std::vector<Feature> features;
  features.reserve(track.observations.size());
  for (const FaceObservation& observation : track.observations) {
    const Landmarks& landmarks = observation.landmarks;
    features.push_back({observation.pose_deg.yaw_deg, observation.pose_deg.pitch_deg,
                        eye_openness(landmarks), mouth_openness(landmarks), mouth_width(landmarks),
                        mouth_corner_lift(landmarks)});
  }
  // A clip without a blink does not tell how closed eyes look: then a share of the open ones is
  // taken.
  const float open_eyes = std::max(0.05F, quantile(features, kEyes, 0.8));
  const float closed_eyes =
      std::clamp(quantile(features, kEyes, 0.02), 0.4F * open_eyes, 0.75F * open_eyes);
  const float usual_width = quantile(features, kWidth, 0.5);
  const float usual_lift = quantile(features, kLift, 0.5);
  for (Feature& feature : features) {
    feature[kEyes] =
        std::clamp((feature[kEyes] - closed_eyes) / (open_eyes - closed_eyes), 0.0F, 1.0F);
    feature[kWidth] -= usual_width;
    feature[kLift] -= usual_lift;
  }
  return features;
}

/// What a target frame looks for: its own pose and expression, but always a closed mouth. The
/// inside of an open mouth stays the target's, and a view with bared teeth would put them where
/// lips belong.
std::vector<Feature> wanted_by(std::vector<Feature> target) {
  for (Feature& feature : target) {
    feature[kMouth] = 0;
  }
  return target;
}

/// Scales the features so that plain squared distance is the cost in degrees^2.
std::vector<Feature> weighted(std::vector<Feature> features, const MeshSwapOptions& options) {
  for (Feature& feature : features) {
    for (std::size_t i = 0; i < feature.size(); ++i) {
      feature[i] *= kWorthDeg[i] * (i < kEyes ? 1.0F : options.expression_weight);
    }
  }
  return features;
}

double cost(const Feature& a, const Feature& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i] - b[i]) * (a[i] - b[i]);
  }
  return sum;
}

float pose_gap(const Feature& a, const Feature& b) {
  return std::hypot(a[kYaw] - b[kYaw], a[kPitch] - b[kPitch]);
}

/// At most `limit` of the indices, evenly spaced.
std::vector<std::size_t> thin(const std::vector<std::size_t>& indices, std::size_t limit) {
  if (indices.size() <= limit) {
    return indices;
  }
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < limit; ++i) {
    kept.push_back(indices[i * indices.size() / limit]);
  }
  return kept;
}

/// Sharpness below which a source frame is left alone: a share of the track's best tenth. Clips
/// often begin blurred, until their encoder has caught up.
float least_sharpness(const FaceTrack& source, const MeshSwapOptions& options) {
  std::vector<float> values;
  for (const FaceObservation& observation : source.observations) {
    values.push_back(observation.sharpness);
  }
  const auto tenth = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 9 / 10);
  std::nth_element(values.begin(), tenth, values.end());
  return options.min_sharpness_share * *tenth;
}

/// Measured source frames that are sharp and not turned away; all frames if there is none.
std::vector<std::size_t> candidates_of(const FaceTrack& source, const MeshSwapOptions& options) {
  const float least = least_sharpness(source, options);
  std::vector<std::size_t> good;
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < source.observations.size(); ++i) {
    const FaceObservation& observation = source.observations[i];
    all.push_back(i);
    if (observation.status != FaceStatus::kInterpolated &&
        std::abs(observation.pose_deg.yaw_deg) <= options.max_yaw_deg &&
        observation.sharpness >= least) {
      good.push_back(i);
    }
  }
  return thin(good.empty() ? all : good, kMaxCandidates);
}

/// Summed cost of the probes when `candidate` joins views that already cost `best`.
double total_with(const std::vector<Feature>& probes, const std::vector<double>& best,
                  const Feature& candidate) {
  double total = 0;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    total += std::min(best[i], cost(probes[i], candidate));
  }
  return total;
}

/// Greedy facility location.
std::vector<std::size_t> choose_views(const std::vector<Feature>& source,
                                      const std::vector<std::size_t>& candidates,
                                      const std::vector<Feature>& probes,
                                      const MeshSwapOptions& options) {
  constexpr double kFar = 1e9;
  std::vector<double> best(probes.size(), kFar);
  double total = kFar * static_cast<double>(probes.size());
  std::vector<std::size_t> views;
  while (static_cast<int>(views.size()) < std::max(1, options.max_views)) {
    std::size_t chosen = candidates.front();
    double chosen_total = std::numeric_limits<double>::infinity();
    for (const std::size_t candidate : candidates) {
      const double sum = total_with(probes, best, source[candidate]);
      if (sum < chosen_total) {
        chosen = candidate;
        chosen_total = sum;
      }
    }
    if (!views.empty() && chosen_total >= (1 - kMinGain) * total) {
      break;
    }
    views.push_back(chosen);
    total = chosen_total;
    for (std::size_t i = 0; i < probes.size(); ++i) {
      best[i] = std::min(best[i], cost(probes[i], source[chosen]));
    }
  }
  std::sort(views.begin(), views.end());
  return views;
}

/// The cheapest sequence of views for target features [first, last).
std::vector<std::size_t> cheapest_sequence(const std::vector<Feature>& target, std::size_t first,
                                           std::size_t last, const std::vector<Feature>& views,
                                           double switch_penalty) {
  const std::size_t n = views.size();
  std::vector<double> cheapest(n, 0.0);
  std::vector<std::vector<std::size_t>> came_from;
  for (std::size_t t = first; t < last; ++t) {
    const auto best = static_cast<std::size_t>(std::min_element(cheapest.begin(), cheapest.end()) -
                                               cheapest.begin());
    std::vector<std::size_t> from(n);
    std::vector<double> next(n);
    for (std::size_t v = 0; v < n; ++v) {
      const bool stay = cheapest[v] <= cheapest[best] + switch_penalty;
      from[v] = stay ? v : best;
      next[v] = (stay ? cheapest[v] : cheapest[best] + switch_penalty) + cost(target[t], views[v]);
    }
    came_from.push_back(std::move(from));
    cheapest = std::move(next);
  }
  std::vector<std::size_t> sequence(last - first);
  auto view = static_cast<std::size_t>(std::min_element(cheapest.begin(), cheapest.end()) -
                                       cheapest.begin());
  for (std::size_t i = sequence.size(); i-- > 0;) {
    sequence[i] = view;
    view = came_from[i][view];
  }
  return sequence;
}

/// The two strongest views within +- `reach` frames of position `at` (tent weights).
std::vector<ViewWeight> crossfade(const std::vector<std::size_t>& sequence, std::size_t at,
                                  std::size_t reach, std::size_t view_count) {
  std::vector<ViewWeight> shares;
  for (std::size_t view = 0; view < view_count; ++view) {
    shares.push_back({view, 0.0F});
  }
  const std::size_t first = at >= reach ? at - reach : 0;
  const std::size_t last = std::min(sequence.size(), at + reach + 1);
  for (std::size_t i = first; i < last; ++i) {
    const std::size_t distance = i > at ? i - at : at - i;
    shares[sequence[i]].weight += static_cast<float>(reach + 1 - distance);
  }
  std::stable_sort(shares.begin(), shares.end(),
                   [](const ViewWeight& a, const ViewWeight& b) { return a.weight > b.weight; });
  shares.resize(std::min<std::size_t>(2, shares.size()));
  if (shares.back().weight <= 0) {
    shares.pop_back();
  }
  float sum = 0;
  for (const ViewWeight& share : shares) {
    sum += share.weight;
  }
  for (ViewWeight& share : shares) {
    share.weight /= sum;
  }
  return shares;
}

/// 1 for closed eyes, 0 for open or merely narrowed ones.
float closedness(const Feature& face) {
  return 1.0F - smooth_step(0.1F, 0.35F, face[kEyes]);
}

/// Fills opacity (1 well inside the limits, 0 at or beyond them) and keep_eyes from the shares, and
/// counts the frame where the swap would hardly be seen.
void describe(const Feature& target, const std::vector<Feature>& views,
              const MeshSwapOptions& options, FrameViews& frame, ViewAssignment& assignment) {
  float gap = 0;
  float closed = 0;
  for (const ViewWeight& share : frame.shares) {
    gap += share.weight * pose_gap(target, views[share.view]);
    closed += share.weight * closedness(views[share.view]);
  }
  frame.keep_eyes = std::abs(closed - closedness(target));
  const auto fade = [](float value, float limit) {
    return 1.0F - smooth_step(limit - std::min(kFadeDeg, limit / 2), limit, value);
  };
  const float by_gap = fade(gap, options.max_pose_gap_deg);
  const float by_yaw = fade(std::abs(target[kYaw]), options.max_yaw_deg);
  frame.opacity = by_gap * by_yaw;
  if (frame.opacity < kSeenOpacity) {
    ++(by_yaw <= by_gap ? assignment.faint_by_yaw : assignment.faint_by_gap);
  }
}

std::vector<Feature> picked(const std::vector<Feature>& features,
                            const std::vector<std::size_t>& indices) {
  std::vector<Feature> chosen;
  for (const std::size_t i : indices) {
    chosen.push_back(features[i]);
  }
  return chosen;
}

std::vector<Feature> probes_of(const std::vector<Feature>& target, const MeshSwapOptions& options) {
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (std::abs(target[i][kYaw]) <= options.max_yaw_deg) {
      usable.push_back(i);
    }
  }
  std::vector<Feature> probes;
  for (const std::size_t i : thin(usable, kMaxProbes)) {
    probes.push_back(target[i]);
  }
  return probes.empty() ? target : probes;
}

}  // namespace

std::vector<std::size_t> run_starts(const FaceTrack& track, const std::vector<std::int64_t>& cuts) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < track.observations.size(); ++i) {
    const std::int64_t frame = track.observations[i].frame_index;
    const bool gap = i > 0 && frame != track.observations[i - 1].frame_index + 1;
    const bool cut = std::find(cuts.begin(), cuts.end(), frame) != cuts.end();
    if (i == 0 || gap || cut) {
      starts.push_back(i);
    }
  }
  starts.push_back(track.observations.size());
  return starts;
}

ViewAssignment assign_views(const FaceTrack& source, const FaceTrack& target,
                            const std::vector<std::int64_t>& cuts, const MeshSwapOptions& options) {
  CHANGELING_REQUIRE(!source.observations.empty() && !target.observations.empty(),
                     "both tracks need observations");
  const std::vector<Feature> natural_source = features_of(source);
  const std::vector<Feature> natural_target = wanted_by(features_of(target));
  const std::vector<Feature> source_features = weighted(natural_source, options);
  const std::vector<Feature> target_features = weighted(natural_target, options);
  const std::vector<std::size_t> candidates = candidates_of(source, options);
  ViewAssignment assignment;
  assignment.views =
      choose_views(source_features, candidates, probes_of(target_features, options), options);
  const std::vector<Feature> views = picked(source_features, assignment.views);
  const std::vector<Feature> natural_views = picked(natural_source, assignment.views);
  const auto reach = static_cast<std::size_t>(std::max(0, options.crossfade_frames));
  const std::vector<std::size_t> starts = run_starts(target, cuts);
  for (std::size_t run = 0; run + 1 < starts.size(); ++run) {
    const std::vector<std::size_t> sequence = cheapest_sequence(
        target_features, starts[run], starts[run + 1], views, options.switch_penalty_deg2);
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      FrameViews frame;
      frame.shares = crossfade(sequence, i, reach, views.size());
      describe(natural_target[starts[run] + i], natural_views, options, frame, assignment);
      assignment.frames.push_back(frame.opacity > 0 ? std::move(frame) : FrameViews{});
    }
  }
  return assignment;
}

}  // namespace changeling

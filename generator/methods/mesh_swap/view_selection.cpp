#include "generator/methods/mesh_swap/view_selection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <utility>

#include "common/base/error.h"
#include "common/face/motion_smoothing.h"
#include "generator/methods/mesh_swap/face_layout.h"
#include "generator/methods/mesh_swap/float_image.h"

namespace changeling {
namespace {

// The greedy choice looks at samples of both tracks: 300 x 500 distances per step instead of
// millions.
constexpr std::size_t kMaxCandidates = 500;
constexpr std::size_t kMaxProbes = 300;
constexpr double kMinGain = 0.03;     // a further view must lower the summed cost by this share
constexpr double kLossDeg2 = 10000;   // cost of a swap not seen; expressions mostly differ by less
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

// Degrees of pose that a difference of 1 is worth. Yaw and pitch stay what they are.
constexpr Feature kWorthDeg = {1, 1, 20, 120, 80, 80};

/// Degrees^2 by target frame, then by view.
using Costs = std::vector<std::vector<double>>;

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

double squared_distance(const Feature& a, const Feature& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i] - b[i]) * (a[i] - b[i]);
  }
  return sum;
}

float pose_gap(const Feature& a, const Feature& b) {
  return std::hypot(a[kYaw] - b[kYaw], a[kPitch] - b[kPitch]);
}

/// Opacity: 1 well inside a limit of pose, 0 at or beyond it.
float fade(float value_deg, float limit_deg) {
  return 1.0F - smooth_step(limit_deg - std::min(kFadeDeg, limit_deg / 2), limit_deg, value_deg);
}

/// Shares of the swap, 0..1, that each target frame loses because a view is so far from its pose.
Costs losses_of(const std::vector<Feature>& target, const std::vector<Feature>& views,
                const MeshSwapOptions& options) {
  Costs losses(target.size());
  for (std::size_t t = 0; t < target.size(); ++t) {
    for (const Feature& view : views) {
      losses[t].push_back(1.0 - fade(pose_gap(target[t], view), options.max_pose_gap_deg));
    }
  }
  return losses;
}

/// What each view costs: its distance, and what it loses of the swap beyond what every view would.
/// So expression decides only between views that show the swap alike.
Costs costs_of(const std::vector<Feature>& target, const std::vector<Feature>& views,
               Costs losses) {
  for (std::size_t t = 0; t < target.size(); ++t) {
    const double least = *std::min_element(losses[t].begin(), losses[t].end());
    for (std::size_t v = 0; v < views.size(); ++v) {
      losses[t][v] = squared_distance(target[t], views[v]) + kLossDeg2 * (losses[t][v] - least);
    }
  }
  return losses;
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

/// Summed cost of the probes when view `joining` joins views that already cost `best`.
double total_with(const Costs& costs, const std::vector<double>& best, std::size_t joining) {
  double total = 0;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    total += std::min(best[i], costs[i][joining]);
  }
  return total;
}

/// Greedy facility location: up to max_views columns of the probes' costs, in order of choice.
std::vector<std::size_t> choose_columns(const Costs& costs, int max_views) {
  constexpr double kFar = 1e9;
  std::vector<double> best(costs.size(), kFar);
  double total = kFar * static_cast<double>(costs.size());
  std::vector<std::size_t> chosen;
  while (static_cast<int>(chosen.size()) < std::max(1, max_views)) {
    std::size_t next = 0;
    double next_total = std::numeric_limits<double>::infinity();
    for (std::size_t column = 0; column < costs.front().size(); ++column) {
      const double sum = total_with(costs, best, column);
      if (sum < next_total) {
        next = column;
        next_total = sum;
      }
    }
    if (!chosen.empty() && next_total >= (1 - kMinGain) * total) {
      break;
    }
    chosen.push_back(next);
    total = next_total;
    for (std::size_t i = 0; i < costs.size(); ++i) {
      best[i] = std::min(best[i], costs[i][next]);
    }
  }
  return chosen;
}

/// Means over the frames that a choice is cross-faded with: a head that trembles at the limit of a
/// view must not make the choice tremble.
Costs mixed(const Costs& losses, std::size_t reach) {
  const auto width = static_cast<std::ptrdiff_t>(reach);
  const double whole = static_cast<double>((reach + 1) * (reach + 1));  // sum of the tent weights
  Costs means(losses.size(), std::vector<double>(losses.front().size(), 0.0));
  for (std::size_t t = 0; t < losses.size(); ++t) {
    for (std::ptrdiff_t step = -width; step <= width; ++step) {
      const double weight = static_cast<double>(width + 1 - std::abs(step)) / whole;
      const std::size_t i = mirrored_index(static_cast<std::ptrdiff_t>(t) + step, losses.size());
      for (std::size_t v = 0; v < means[t].size(); ++v) {
        means[t][v] += weight * losses[i][v];
      }
    }
  }
  return means;
}

/// The cheapest sequence of views.
std::vector<std::size_t> cheapest_sequence(const Costs& costs, double switch_penalty) {
  const std::size_t n = costs.front().size();
  std::vector<double> cheapest(n, 0.0);
  std::vector<std::vector<std::size_t>> came_from;
  for (const std::vector<double>& cost : costs) {
    const auto best = static_cast<std::size_t>(std::min_element(cheapest.begin(), cheapest.end()) -
                                               cheapest.begin());
    std::vector<std::size_t> from(n);
    std::vector<double> next(n);
    for (std::size_t v = 0; v < n; ++v) {
      const bool stay = cheapest[v] <= cheapest[best] + switch_penalty;
      from[v] = stay ? v : best;
      next[v] = (stay ? cheapest[v] : cheapest[best] + switch_penalty) + cost[v];
    }
    came_from.push_back(std::move(from));
    cheapest = std::move(next);
  }
  std::vector<std::size_t> sequence(costs.size());
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

/// How much the target's eyes are kept, 0..1.
float eyes_to_keep(const Feature& target, const std::vector<Feature>& views,
                   const std::vector<ViewWeight>& shares) {
  float closed = 0;
  for (const ViewWeight& share : shares) {
    closed += share.weight * closedness(views[share.view]);
  }
  return std::abs(closed - closedness(target));
}

/// Opacity of a frame, by what limits it.
struct Opacity {
  float by_gap = 0;
  float by_yaw = 0;

  [[nodiscard]] float value() const { return by_gap * by_yaw; }
};

Opacity opacity_of(const Feature& target, const std::vector<Feature>& views,
                   const std::vector<ViewWeight>& shares, const MeshSwapOptions& options) {
  float gap = 0;
  for (const ViewWeight& share : shares) {
    gap += share.weight * pose_gap(target, views[share.view]);
  }
  return {fade(gap, options.max_pose_gap_deg), fade(std::abs(target[kYaw]), options.max_yaw_deg)};
}

/// Counts the frame where the swap would hardly be seen.
void count_faint(const Opacity& opacity, ViewAssignment& assignment) {
  if (opacity.value() < kSeenOpacity) {
    ++(opacity.by_yaw <= opacity.by_gap ? assignment.faint_by_yaw : assignment.faint_by_gap);
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
  if (usable.empty()) {
    usable.resize(target.size());
    std::iota(usable.begin(), usable.end(), std::size_t{0});
  }
  std::vector<Feature> probes;
  for (const std::size_t i : thin(usable, kMaxProbes)) {
    probes.push_back(target[i]);
  }
  return probes;
}

/// Indices of the views that serve the probes best, ascending.
std::vector<std::size_t> choose_views(const std::vector<Feature>& source,
                                      const std::vector<std::size_t>& candidates,
                                      const std::vector<Feature>& probes,
                                      const MeshSwapOptions& options) {
  const std::vector<Feature> faces = picked(source, candidates);
  const Costs costs = costs_of(probes, faces, losses_of(probes, faces, options));
  std::vector<std::size_t> views;
  for (const std::size_t column : choose_columns(costs, options.max_views)) {
    views.push_back(candidates[column]);
  }
  std::sort(views.begin(), views.end());
  return views;
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
  ViewAssignment assignment;
  assignment.views = choose_views(source_features, candidates_of(source, options),
                                  probes_of(target_features, options), options);
  const std::vector<Feature> views = picked(source_features, assignment.views);
  const std::vector<Feature> natural_views = picked(natural_source, assignment.views);
  const auto reach = static_cast<std::size_t>(std::max(0, options.crossfade_frames));
  const std::vector<std::size_t> starts = run_starts(target, cuts);
  for (std::size_t run = 0; run + 1 < starts.size(); ++run) {
    const std::vector<Feature> frames(
        target_features.begin() + static_cast<std::ptrdiff_t>(starts[run]),
        target_features.begin() + static_cast<std::ptrdiff_t>(starts[run + 1]));
    Costs losses = mixed(losses_of(frames, views, options), reach);
    const std::vector<std::size_t> sequence =
        cheapest_sequence(costs_of(frames, views, std::move(losses)), options.switch_penalty_deg2);
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      const Feature& face = natural_target[starts[run] + i];
      std::vector<ViewWeight> shares = crossfade(sequence, i, reach, views.size());
      const Opacity opacity = opacity_of(face, natural_views, shares, options);
      count_faint(opacity, assignment);
      const float keep_eyes = eyes_to_keep(face, natural_views, shares);
      assignment.frames.push_back(opacity.value() > 0
                                      ? FrameViews{std::move(shares), opacity.value(), keep_eyes}
                                      : FrameViews{});
    }
  }
  return assignment;
}

}  // namespace changeling

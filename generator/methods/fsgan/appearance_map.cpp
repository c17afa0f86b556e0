#include "generator/methods/fsgan/appearance_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "common/base/error.h"
#include "common/face/landmark_layout.h"

namespace changeling {
namespace {

constexpr double kRoom = 1e-9;         // poses at exactly the radius count as neighbours
constexpr double kNoWeight = 1e-9;     // below this the views of a triangle are not there
constexpr double kFaintWeight = 1e-6;  // cannot move an 8-bit pixel; not worth a network pass
constexpr double kCornerMargin_deg = 5;
constexpr double kLikePose_deg = 5;  // further apart, turning changes the sharpness
constexpr float kBlurShare = 0.7F;

PointF in_plane(const EulerPose& pose) {
  return {pose.yaw_deg, pose.pitch_deg};
}

double distance_deg(PointF a, PointF b) {
  return std::hypot(static_cast<double>(a.x) - b.x, static_cast<double>(a.y) - b.y);
}

/// Of the sharpness of the poses like `of`, itself included, the upper quartile.
float usual_sharpness(const std::vector<SourcePose>& poses, const SourcePose& of) {
  std::vector<float> values;
  for (const SourcePose& pose : poses) {
    if (distance_deg(in_plane(pose.pose_deg), in_plane(of.pose_deg)) <= kLikePose_deg) {
      values.push_back(pose.sharpness);
    }
  }
  const auto quartile = values.begin() + static_cast<std::ptrdiff_t>(3 * values.size() / 4);
  std::nth_element(values.begin(), quartile, values.end());
  return *quartile;
}

/// Indices of the poses that are not much blurrier than the sharp ones of like pose. O(n^2).
std::vector<std::size_t> sharp_poses(const std::vector<SourcePose>& poses) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < poses.size(); ++i) {
    if (poses[i].sharpness >= kBlurShare * usual_sharpness(poses, poses[i])) {
      kept.push_back(i);
    }
  }
  return kept;
}

std::vector<MapView> thinned_views(const std::vector<SourcePose>& poses,
                                   const AppearanceOptions& options) {
  std::vector<std::size_t> candidates(poses.size());
  std::iota(candidates.begin(), candidates.end(), std::size_t{0});
  if (options.reject_blur) {
    candidates = sharp_poses(poses);
  }
  std::vector<EulerPose> candidate_poses;
  for (const std::size_t index : candidates) {
    candidate_poses.push_back(poses[index].pose_deg);
  }
  std::vector<MapView> views;
  for (const std::size_t index : thin_poses(candidate_poses, options.min_radius_deg)) {
    views.push_back({candidates[index], false, candidate_poses[index]});
  }
  return views;
}

/// Adds mirror images on the side whose yaws the views reach less far, from where they end there.
void fill_one_sided(std::vector<MapView>& views, double min_radius_deg) {
  const auto by_yaw = [](const MapView& a, const MapView& b) {
    return a.pose_deg.yaw_deg < b.pose_deg.yaw_deg;
  };
  const auto [least, most] = std::minmax_element(views.begin(), views.end(), by_yaw);
  const float low = least->pose_deg.yaw_deg;
  const float high = most->pose_deg.yaw_deg;
  std::vector<MapView> mirrored;
  for (const MapView& view : views) {
    const MapView other = {view.source_index, true, flip_pose(view.pose_deg)};
    const bool beyond = other.pose_deg.yaw_deg < std::min(low, 0.0F) ||
                        other.pose_deg.yaw_deg > std::max(high, 0.0F);
    const bool has_room = std::all_of(views.begin(), views.end(), [&](const MapView& real) {
      return distance_deg(in_plane(real.pose_deg), in_plane(other.pose_deg)) > min_radius_deg;
    });
    if (beyond && has_room) {
      mirrored.push_back(other);
    }
  }
  views.insert(views.end(), mirrored.begin(), mirrored.end());
}

void require_usable(const std::vector<SourcePose>& poses, const AppearanceOptions& options) {
  CHANGELING_REQUIRE(!poses.empty(), "an appearance map needs a source pose");
  for (const SourcePose& pose : poses) {
    CHANGELING_REQUIRE(std::isfinite(pose.pose_deg.yaw_deg) &&
                           std::isfinite(pose.pose_deg.pitch_deg) &&
                           std::isfinite(pose.pose_deg.roll_deg),
                       "source poses must be finite");
  }
  CHANGELING_REQUIRE(options.min_radius_deg >= 0.5 && options.corner_deg > 0 &&
                         options.max_views >= 1 && options.max_views <= 3,
                     "appearance options are out of range");
}

/// Barycentric coordinates of p; the triangle has area.
std::array<double, 3> barycentric(PointF a, PointF b, PointF c, PointF p) {
  const double area2 = signed_area2(a, b, c);
  return {signed_area2(p, b, c) / area2, signed_area2(a, p, c) / area2,
          signed_area2(a, b, p) / area2};
}

/// Scales the weights to sum 1, heaviest first, without those too faint to matter and without all
/// but the `limit` heaviest.
void normalize(std::vector<WeightedView>& views, std::size_t limit) {
  std::stable_sort(views.begin(), views.end(), [](const WeightedView& a, const WeightedView& b) {
    return a.weight > b.weight;
  });
  const auto sum_of = [](const std::vector<WeightedView>& weighted) {
    return std::accumulate(weighted.begin(), weighted.end(), 0.0,
                           [](double sum, const WeightedView& view) { return sum + view.weight; });
  };
  const double faint = kFaintWeight * sum_of(views);
  while (views.size() > limit || views.back().weight < faint) {
    views.pop_back();
  }
  const double sum = sum_of(views);
  for (WeightedView& view : views) {
    view.weight /= sum;
  }
}

}  // namespace

std::vector<std::size_t> thin_poses(const std::vector<EulerPose>& poses, double radius_deg) {
  const double reach2 = (radius_deg + kRoom) * (radius_deg + kRoom);
  const auto are_near = [&](std::size_t a, std::size_t b) {
    const double yaw = static_cast<double>(poses[a].yaw_deg) - poses[b].yaw_deg;
    const double pitch = static_cast<double>(poses[a].pitch_deg) - poses[b].pitch_deg;
    return yaw * yaw + pitch * pitch <= reach2;
  };
  const std::size_t count = poses.size();
  std::vector<std::size_t> neighbours(count, 1);  // itself
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = a + 1; b < count; ++b) {
      if (are_near(a, b)) {
        ++neighbours[a];
        ++neighbours[b];
      }
    }
  }
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return neighbours[a] > neighbours[b]; });
  std::vector<std::size_t> kept;
  for (const std::size_t candidate : order) {
    const bool has_room = std::none_of(
        kept.begin(), kept.end(), [&](std::size_t other) { return are_near(candidate, other); });
    if (has_room) {
      kept.push_back(candidate);
    }
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

AppearanceMap::AppearanceMap(const std::vector<SourcePose>& poses, const AppearanceOptions& options)
    : max_views_(options.max_views) {
  require_usable(poses, options);
  views_ = thinned_views(poses, options);
  if (options.flip_fill) {
    fill_one_sided(views_, options.min_radius_deg);
  }
  float widest = 0;
  for (const MapView& view : views_) {
    points_.push_back(in_plane(view.pose_deg));
    widest = std::max({widest, std::abs(view.pose_deg.yaw_deg), std::abs(view.pose_deg.pitch_deg)});
  }
  const auto corner = static_cast<float>(std::max(options.corner_deg, widest + kCornerMargin_deg));
  corner_deg_ = corner;
  points_.insert(points_.end(),
                 {{-corner, -corner}, {corner, -corner}, {corner, corner}, {-corner, corner}});
  triangles_ = delaunay(points_);
}

std::size_t AppearanceMap::nearest(PointF pose, const std::vector<std::size_t>& candidates) const {
  return *std::min_element(candidates.begin(), candidates.end(), [&](std::size_t a, std::size_t b) {
    return distance_deg(points_[a], pose) < distance_deg(points_[b], pose);
  });
}

// The triangle that contains the point is the one whose least barycentric coordinate is greatest:
// the same whatever rounding does to a point on an edge.
std::vector<WeightedView> AppearanceMap::weigh(PointF inside) const {
  std::array<double, 3> best = {};
  double best_least = -1e30;
  const Triangle* found = nullptr;
  const auto at = [&](int corner) { return points_[static_cast<std::size_t>(corner)]; };
  for (const Triangle& t : triangles_) {
    const std::array<double, 3> weights = barycentric(at(t[0]), at(t[1]), at(t[2]), inside);
    const double least = std::min({weights[0], weights[1], weights[2]});
    if (least > best_least) {
      best_least = least;
      best = weights;
      found = &t;
    }
  }
  std::vector<WeightedView> views;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto view = static_cast<std::size_t>((*found)[i]);
    if (view < views_.size()) {
      views.push_back({view, std::max(0.0, best[i]), 0});
    }
  }
  return views;
}

ViewChoice AppearanceMap::choose(const EulerPose& target) const {
  CHANGELING_REQUIRE(std::isfinite(target.yaw_deg) && std::isfinite(target.pitch_deg) &&
                         std::isfinite(target.roll_deg),
                     "the target pose must be finite");
  const PointF pose = in_plane(target);
  const auto limit = static_cast<float>(corner_deg_);
  const PointF inside = {std::clamp(pose.x, -limit, limit), std::clamp(pose.y, -limit, limit)};
  std::vector<std::size_t> all(views_.size());
  std::iota(all.begin(), all.end(), std::size_t{0});

  ViewChoice choice;
  choice.clamped_deg = distance_deg(pose, inside);
  choice.pose_clamped = choice.clamped_deg > 0;
  choice.nearest_deg = distance_deg(points_[nearest(pose, all)], pose);
  choice.views = weigh(inside);
  double sum = 0;
  std::vector<std::size_t> of_triangle;
  for (const WeightedView& view : choice.views) {
    sum += view.weight;
    of_triangle.push_back(view.view);
  }
  if (sum < kNoWeight) {
    choice.nearest_view = true;
    choice.views = {{nearest(pose, of_triangle.empty() ? all : of_triangle), 1, 0}};
  }
  normalize(choice.views, static_cast<std::size_t>(max_views_));
  for (WeightedView& view : choice.views) {
    view.turn_ccw_deg = static_cast<double>(views_[view.view].pose_deg.roll_deg) - target.roll_deg;
  }
  return choice;
}

}  // namespace changeling

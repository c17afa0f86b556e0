// generator/methods/fsgan/appearance_map.h: the source's views by pose, and which of them a target
// pose is painted from. Layer 5, no Torch.
#pragma once

#include <cstddef>
#include <vector>

#include "common/base/delaunay.h"
#include "common/base/geometry.h"

namespace changeling {

struct AppearanceOptions {
  double min_radius_deg = 2;  ///< of two poses nearer than this one is left out; >= 0.5
  double corner_deg = 75;     ///< the map's corners, pushed out to the widest pose + 5
  bool flip_fill = false;     ///< mirrored views on the side that the source never shows
  /// Leave out frames less than .7 as sharp as the upper quartile of those within 5 degrees.
  bool reject_blur = false;
  int max_views = 3;  ///< views painted per target frame, 1..3
};

/// One frame of the source.
struct SourcePose {
  EulerPose pose_deg;  ///< smoothed
  float sharpness = 0;
};

/// A view of the map.
struct MapView {
  std::size_t source_index = 0;  ///< into the poses given
  bool mirrored = false;         ///< the frame's mirror image is meant
  EulerPose pose_deg;            ///< of the view, so yaw and roll of a mirrored one are negated
};

struct WeightedView {
  std::size_t view = 0;     ///< into views()
  double weight = 0;        ///< > 0
  double turn_ccw_deg = 0;  ///< turn the view counter-clockwise by this to the target's roll
};

/// What one target frame is painted from.
struct ViewChoice {
  std::vector<WeightedView> views;  ///< 1..max_views, heaviest first, weights sum to 1
  bool pose_clamped = false;        ///< the pose lies outside the map's corners
  bool nearest_view = false;        ///< no view had a weight there; the nearest one was taken
  double clamped_deg = 0;           ///< from the pose to the map, 0 inside
  double nearest_deg = 0;           ///< from the pose to the nearest view
};

/// Delaunay triangulation of the source's poses in the (yaw, pitch) plane (Nirkin et al. 2019,
/// section 3.3). Immutable; safe from any thread.
class AppearanceMap {
 public:
  /// Throws Error(kInternal) for no poses, poses that are not finite, options out of range.
  AppearanceMap(const std::vector<SourcePose>& poses, const AppearanceOptions& options);

  /// The views kept, by source_index, mirrored ones last.
  [[nodiscard]] const std::vector<MapView>& views() const { return views_; }

  /// Number of triangles, corners included.
  [[nodiscard]] std::size_t triangle_count() const { return triangles_.size(); }

  /// The views and weights for a target pose. A source of one view gives that one, weight 1.
  /// Without the limit of max_views the weights are continuous in yaw and pitch. O(triangles).
  [[nodiscard]] ViewChoice choose(const EulerPose& target) const;

 private:
  [[nodiscard]] std::vector<WeightedView> weigh(PointF inside) const;
  [[nodiscard]] std::size_t nearest(PointF pose, const std::vector<std::size_t>& candidates) const;

  int max_views_;
  double corner_deg_ = 0;
  std::vector<MapView> views_;
  std::vector<PointF> points_;  ///< (yaw, pitch) of the views, then the four corners
  std::vector<Triangle> triangles_;
};

/// Indices of the poses kept when of any two within `radius_deg` (in yaw and pitch) one is to go:
/// the pose with most neighbours stays first, of equals the earlier. Ascending. O(n^2).
[[nodiscard]] std::vector<std::size_t> thin_poses(const std::vector<EulerPose>& poses,
                                                  double radius_deg);

}  // namespace changeling

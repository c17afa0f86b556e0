// generator/methods/mesh_swap/view_selection.h: which source frame lends its texture to which
// target frame. Layer 5. All of it is decided from the two analyses before the first frame is
// swapped.
#pragma once

#include <cstdint>
#include <vector>

#include "common/face/face_types.h"
#include "generator/methods/mesh_swap/mesh_swap_options.h"

namespace changeling {

/// One source view's share in a target frame.
struct ViewWeight {
  std::size_t view = 0;  ///< index into ViewAssignment::views
  float weight = 0;
};

/// What one target observation takes from the source.
struct FrameViews {
  std::vector<ViewWeight> shares;  ///< at most two, weights sum to 1; empty: pass the frame through
  float opacity = 0;               ///< 0..1; below 1 near the limits of pose, so that nothing pops
  float keep_eyes = 0;  ///< 0..1: the eyes are closed in one of the two and open in the other
};

struct ViewAssignment {
  std::vector<std::size_t> views;  ///< indices into the source track's observations, ascending
  std::vector<FrameViews> frames;  ///< one per target observation
  std::size_t faint_by_yaw = 0;    ///< target observations of opacity below a half: max_yaw_deg
  std::size_t faint_by_gap = 0;    ///< others of such opacity: max_pose_gap_deg
};

/// Chooses up to max_views source observations that serve the target best (greedy, by the summed
/// squared distance in yaw, pitch, smile and eye openness, closed mouths preferred), then the
/// cheapest sequence of views over each uninterrupted run of target frames (Viterbi; a change costs
/// switch_penalty_deg2), then cross-fades at the changes. A swap that is not seen, since a
/// view is too far from the target's pose, costs as much as 100 degrees, one that fades its share
/// of that; what every view would lose costs nothing. `cuts` are the target's first frames of new
/// shots. Deterministic; the answer for a frame does not depend on which frames will be asked for.
/// Both tracks must have observations.
[[nodiscard]] ViewAssignment assign_views(const FaceTrack& source, const FaceTrack& target,
                                          const std::vector<std::int64_t>& cuts,
                                          const MeshSwapOptions& options);

/// Splits observations into runs of consecutive frames inside one shot: index of each run's first
/// observation, then the number of observations.
[[nodiscard]] std::vector<std::size_t> run_starts(const FaceTrack& track,
                                                  const std::vector<std::int64_t>& cuts);

}  // namespace changeling

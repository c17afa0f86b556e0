// generator/methods/mesh_swap/target_shape.h: steady mesh points over the target clip. Layer 5.
#pragma once

#include <cstdint>
#include <vector>

#include "common/face/face_types.h"

namespace changeling {

/// Mesh points (kMeshPointCount each) for every observation of `track`. Inside each uninterrupted
/// run the landmarks are brought to a common upright frame by a similarity, smoothed there by a
/// Gaussian of sigma_frames (mouth and eyes: a third of it, so that speech and blinks stay crisp),
/// and taken back; head motion itself is not smoothed. sigma_frames <= 0 leaves the landmarks
/// alone.
[[nodiscard]] std::vector<std::vector<PointF>> steady_mesh_points(
    const FaceTrack& track, const std::vector<std::int64_t>& cuts, float sigma_frames);

}  // namespace changeling

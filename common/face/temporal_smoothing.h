// common/face/temporal_smoothing.h: smooths a face over consecutive frames and fills short gaps.
// Layer 3, pure maths.
#pragma once

#include <vector>

#include "common/face/face_types.h"

namespace changeling {

/// Gaussian over boxes, landmarks and poses of consecutive frames; sigma 0 returns them unchanged.
/// The kernel (radius 3 sigma) shrinks symmetrically at both ends, so even motion is kept exactly.
/// Needs consecutive frame indices and equal landmark counts.
[[nodiscard]] std::vector<FaceObservation> smooth_observations(
    const std::vector<FaceObservation>& observations, float sigma_frames);

/// The frames strictly between two observations, on straight lines between them, kInterpolated.
[[nodiscard]] std::vector<FaceObservation> interpolate_between(const FaceObservation& before,
                                                               const FaceObservation& after);

}  // namespace changeling

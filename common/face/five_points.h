// common/face/five_points.h: the five points by which faces are aligned. Layer 2, no Torch.
#pragma once

#include <vector>

#include "common/base/geometry.h"
#include "common/face/face_types.h"

namespace changeling {

/// The five points (eye centres, nose tip, mouth corners) of 68 landmarks. Throws Error(kInternal)
/// for another count.
[[nodiscard]] std::vector<PointF> five_points(const Landmarks& landmarks);

/// Where they lie in an aligned crop of 112 px (ArcFace).
[[nodiscard]] const std::vector<PointF>& five_point_template_112();

/// The 68 landmarks must be there. Throws Error(kInternal).
void require_68(const Landmarks& landmarks);

}  // namespace changeling

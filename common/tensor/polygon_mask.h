// common/tensor/polygon_mask.h: polygons as masks. Layer 1, Torch only.
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "common/base/geometry.h"

namespace changeling {

/// float32 (height,width): 1 where the pixel centre (x + 0.5, y + 0.5) lies inside the closed
/// polygon (even-odd rule), else 0. The corners may lie outside the picture. Throws
/// Error(kInternal) for corners that are not finite.
[[nodiscard]] at::Tensor fill_polygon(const std::vector<PointF>& polygon, int width_px,
                                      int height_px);

}  // namespace changeling

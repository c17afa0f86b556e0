// generator/methods/mesh_swap/soft_mask.h: masks from polygons. Layer 5.
#pragma once

#include <vector>

#include "common/base/geometry.h"
#include "generator/methods/mesh_swap/float_image.h"

namespace changeling {

/// 1 inside the closed polygon, 0 outside, edges antialiased to about a pixel; one channel.
[[nodiscard]] FloatImage polygon_mask(const std::vector<PointF>& polygon, int width_px,
                                      int height_px);

/// Distance in px of each pixel inside the polygon to the nearest pixel outside it, 0 outside. The
/// picture's own border is no edge: a face cut by it stays far from any edge there.
[[nodiscard]] FloatImage distance_inside(const std::vector<PointF>& polygon, int width_px,
                                         int height_px);

/// Per pixel the least value on the way up to the line through `top`: what is left of `mask` (one
/// channel) when only areas count that reach down from there without a gap. "Up" is from `base` to
/// `top`, which must differ; computed on a coarse upright grid, so edges come out soft. 0 above the
/// line and below `base`.
[[nodiscard]] FloatImage hanging_from_top(const FloatImage& mask, PointF base, PointF top);

/// Gaussian blur in place, borders replicated; sigma_px <= 0 changes nothing.
void blur(FloatImage& image, float sigma_px);

}  // namespace changeling

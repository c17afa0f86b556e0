// common/base/delaunay.h: triangulation of points in the plane. Layer 0.
#pragma once

#include <array>
#include <vector>

#include "common/base/geometry.h"

namespace changeling {

/// Indices of three points, clockwise on the screen (y down): positive signed_area2.
using Triangle = std::array<int, 3>;

/// Twice the signed area of a, b, c: positive when they run clockwise on the screen.
[[nodiscard]] double signed_area2(PointF a, PointF b, PointF c);

/// Delaunay triangulation by insertion (Bowyer 1981, Watson 1981), exact enough for points in
/// general position; the order of the triangles depends on the points alone. Empty for fewer than
/// three points or points on one line. Throws Error(kInternal) when two points coincide. Cost
/// O(n^2).
[[nodiscard]] std::vector<Triangle> delaunay(const std::vector<PointF>& points);

}  // namespace changeling

// generator/methods/mesh_swap/piecewise_warp.h: the mesh's piecewise affine map and its sampling.
// Layer 5.
#pragma once

#include <vector>

#include "common/base/delaunay.h"
#include "common/base/geometry.h"
#include "generator/methods/mesh_swap/float_image.h"

namespace changeling {

/// For every pixel of a target region the point of the source picture that belongs there.
struct WarpMap {
  FloatImage source_xy;   ///< 2 channels, source px (centres at +0.5); defined everywhere
  FloatImage covered;     ///< 1 inside a drawn triangle, 0 where source_xy was extrapolated
  FloatImage confidence;  ///< 0..1: low where the source view hardly shows the surface
};

/// Two corresponding sets of mesh points, each in pixels of its own picture.
struct MeshPair {
  std::vector<PointF> target;
  std::vector<PointF> source;
};

/// Draws each triangle's affine map into a width x height region. Triangles that are flipped or
/// empty in either picture are left out; pixels without a triangle get a smooth extrapolation, so
/// the map has no holes. Confidence falls to 0 as a triangle's area in the source falls from 25 %
/// to 8 % of what the median triangle has (a surface that the source sees edge-on); only triangles
/// that touch the face outline are judged. Throws Error(kInternal) when the counts differ or
/// nothing can be drawn.
[[nodiscard]] WarpMap piecewise_affine_map(const MeshPair& mesh,
                                           const std::vector<Triangle>& triangles, int width_px,
                                           int height_px);

/// Samples `source` (any channel count) through the map, bicubic, borders replicated.
[[nodiscard]] FloatImage warp(const FloatImage& source, const FloatImage& source_xy);

/// Gaussian smoothing of the map, which rounds the creases along the mesh edges; an affine map
/// stays what it is away from the region's border. sigma_px <= 0 changes nothing.
void smooth_map(WarpMap& map, float sigma_px);

}  // namespace changeling

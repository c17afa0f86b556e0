// generator/methods/mesh_swap/source_view.h: one source frame, prepared to lend its face. Layer 5.
#pragma once

#include <vector>

#include "common/base/frame.h"
#include "common/face/face_types.h"
#include "generator/methods/mesh_swap/float_image.h"

namespace changeling {

/// The face region of a source frame in L*a*b*, at full size and repeatedly halved.
struct MeshView {
  PixelRect rect;                   ///< region of the frame that pyramid[0] shows
  std::vector<FloatImage> pyramid;  ///< [k]: about rect's size / 2^k
  std::vector<PointF> mesh_points;  ///< kMeshPointCount points, px of the full frame
};

/// Cuts and converts the region around the face. Throws Error(kInternal) when the face lies outside
/// the frame or the frame is not kRgb24.
[[nodiscard]] MeshView make_source_view(const Frame& frame, const Landmarks& landmarks);

/// Samples the view at `source_xy` (px of the full source frame). `shrink` = source px per target
/// px; above 1.5 a halved picture is read, so that small targets do not alias.
[[nodiscard]] FloatImage sample_view(const MeshView& view, FloatImage source_xy, float shrink);

/// The whole-pixel box around the points grown by margin_px, clipped to a width x height picture;
/// width or height is 0 when nothing is left.
[[nodiscard]] PixelRect region_around(const std::vector<PointF>& points, float margin_px,
                                      int width_px, int height_px);

}  // namespace changeling

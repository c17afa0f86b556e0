// generator/methods/mesh_swap/face_render.h: paints one target frame's face from source views.
// Layer 5.
#pragma once

#include <vector>

#include "common/base/frame.h"
#include "generator/methods/mesh_swap/mesh_swap_options.h"
#include "generator/methods/mesh_swap/source_view.h"
#include "generator/methods/mesh_swap/view_selection.h"

namespace changeling {

/// A painted face, ready for composite().
struct FaceLayer {
  Frame swapped;  ///< kRgb24, size of the target
  Frame alpha;    ///< kGray8: 255 on the face, falling to 0 inside the mesh border
};

/// Warps the views' faces onto `mesh_points` (px of the target frame, kMeshPointCount), matches
/// colour and light to the target, removes the remaining step at the border and makes the soft
/// alpha. `frame_views.shares` must not be empty. A face outside the frame, or of
/// less than 16 px, gives an all-zero alpha.
[[nodiscard]] FaceLayer render_face(const Frame& target, const std::vector<PointF>& mesh_points,
                                    const std::vector<MeshView>& views,
                                    const FrameViews& frame_views, const MeshSwapOptions& options);

}  // namespace changeling

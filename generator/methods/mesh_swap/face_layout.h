// generator/methods/mesh_swap/face_layout.h: the face mesh, the polygons on it, and
// figures of an expression. Layer 5.
#pragma once

#include <cstddef>
#include <vector>

#include "common/base/delaunay.h"
#include "common/base/geometry.h"
#include "common/face/average_face.h"
#include "common/face/face_types.h"

namespace changeling {

/// The mesh points are those of average_face.h.
constexpr std::size_t kMeshPointCount = kFacePointCount;

/// The mesh points of the average upright frontal face, y down, face width about 15.5 units.
[[nodiscard]] const std::vector<PointF>& canonical_layout();

/// The triangles of the face mesh: Delaunay on canonical_layout(), one topology for every plan, so
/// that no edge flips from frame to frame.
[[nodiscard]] const std::vector<Triangle>& face_topology();

[[nodiscard]] std::vector<PointF> left_eye_polygon(const std::vector<PointF>& mesh_points);
[[nodiscard]] std::vector<PointF> right_eye_polygon(const std::vector<PointF>& mesh_points);
[[nodiscard]] std::vector<PointF> outer_lip_polygon(const std::vector<PointF>& mesh_points);
[[nodiscard]] std::vector<PointF> inner_mouth_polygon(const std::vector<PointF>& mesh_points);

/// Cheekbones and nose: skin that beards and hair seldom cover.
[[nodiscard]] std::vector<PointF> cheek_polygon(const std::vector<PointF>& mesh_points);

/// Brows and eyes with the lids between them; the brows' upper edge lies margin_px above the
/// landmarks.
[[nodiscard]] std::vector<PointF> brow_eye_polygon(const std::vector<PointF>& mesh_points,
                                                   float margin_px);

/// True for points on face_outline().
[[nodiscard]] bool is_outline_point(int mesh_point);

/// Gap between the inner lips / mouth width; 0 closed, about 0.5 wide open.
[[nodiscard]] float mouth_openness(const Landmarks& landmarks);

/// Mean gap between the lids / eye width; about 0.3 open, below 0.15 closed.
[[nodiscard]] float eye_openness(const Landmarks& landmarks);

/// Distance of the mouth corners / distance of the outer eye corners; grows with a smile.
[[nodiscard]] float mouth_width(const Landmarks& landmarks);

/// How far the mouth corners lie above the middle of the lips, along the face's upright axis, over
/// the distance of the outer eye corners; grows with a smile.
[[nodiscard]] float mouth_corner_lift(const Landmarks& landmarks);

/// Size of the face in the picture: square root of the area of the landmarks' box, px.
[[nodiscard]] float face_size_px(const std::vector<PointF>& points);

}  // namespace changeling

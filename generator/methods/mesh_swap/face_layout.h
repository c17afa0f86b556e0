// generator/methods/mesh_swap/face_layout.h: which points the face mesh has, how they are named and
// how the forehead, which the 68 landmarks leave out, is added. Layer 5.
#pragma once

#include <cstddef>
#include <vector>

#include "common/base/geometry.h"
#include "common/face/face_types.h"
#include "generator/methods/mesh_swap/delaunay_mesh.h"

namespace changeling {

/// Mesh points: 0..67 iBUG landmarks, then the forehead from the image's left temple to the right
/// one.
constexpr std::size_t kLandmarkCount = 68;
constexpr std::size_t kForeheadCount = 11;
constexpr std::size_t kMeshPointCount = kLandmarkCount + kForeheadCount;

/// The mesh points of the average upright frontal face, y down, face width about 15.5 units.
[[nodiscard]] const std::vector<PointF>& canonical_layout();

/// The triangles of the face mesh: Delaunay on canonical_layout(), one topology for every plan, so
/// that no edge flips from frame to frame.
[[nodiscard]] const std::vector<Triangle>& face_topology();

/// 68 landmarks -> kMeshPointCount points. The forehead comes from the average 3-D face fitted to
/// the landmarks by an affine camera (least squares), moved with the brows. A closed mouth or eye
/// whose lids cross by noise is opened to zero. Throws Error(kInternal) unless 68 finite landmarks
/// are given.
[[nodiscard]] std::vector<PointF> extend_landmarks(const Landmarks& landmarks);

/// Closed polygon around the mesh: jaw, then forehead.
[[nodiscard]] std::vector<PointF> face_outline(const std::vector<PointF>& mesh_points);
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

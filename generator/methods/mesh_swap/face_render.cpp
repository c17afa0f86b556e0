#include "generator/methods/mesh_swap/face_render.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/error.h"
#include "generator/methods/mesh_swap/color_transfer.h"
#include "generator/methods/mesh_swap/face_layout.h"
#include "generator/methods/mesh_swap/piecewise_warp.h"
#include "generator/methods/mesh_swap/poisson_clone.h"
#include "generator/methods/mesh_swap/soft_mask.h"

namespace changeling {
namespace {

// Fractions of the face size.
constexpr float kRegionMargin = 0.06F;
constexpr float kDepthSigma = 0.01F;  // rounds the pixel steps of the outline
constexpr float kInnerDepth = 0.08F;

// Against these mean weights, differences seen on too little skin fade to none.
constexpr float kLightDoubt = 0.02F;
constexpr float kBorderDoubt = 0.2F;

constexpr int kSolveSide =
    96;  // the border step is smooth over 3 % of the face: 3 px of such a grid

// Mouth openness between which the inside of the mouth passes to the target.
constexpr float kMouthClosed = 0.05F;
constexpr float kMouthOpen = 0.12F;
constexpr float kMouthSigma = 0.008F;

// Size of the patch that shows the target's eye, in eye widths from its centre.
constexpr float kEyeHoleWidth = 0.85F;
constexpr float kEyeHoleHeight = 0.55F;

// Hair is looked for above the eyes, fully from this height on (1 = the top of the mesh).
constexpr float kHairlineHeight = 0.2F;
constexpr float kHairSigma = 0.012F;
constexpr float kHairEdgeSigma = 0.02F;

// Brows reach from the landmarks at least so far up, and at most; their border is that narrow.
constexpr float kBrowMargin = 0.03F;
constexpr float kBrowReach = 0.12F;
constexpr float kBrowFeather = 0.03F;

constexpr float kLeastFacePx = 16;  // smaller faces are passed through

/// What is known about the target's face before any source pixel is looked at.
struct TargetFace {
  PixelRect rect;
  float size_px = 0;
  std::vector<PointF> points;  ///< relative to rect
  FloatImage lab;
  FloatImage depth;           ///< px inside the face outline
  FloatImage domain;          ///< 1 where the source replaces the target, 0 elsewhere
  FloatImage features;        ///< 1 on eyes and mouth
  FloatImage inner;           ///< 1 on skin well inside the outline
  LabStatistics skin_colors;  ///< of that skin
  FloatImage skin;            ///< 0..1: pixels that show plain skin, also around the domain
};

std::vector<PointF> relative_to(const std::vector<PointF>& points, const PixelRect& rect) {
  std::vector<PointF> moved;
  moved.reserve(points.size());
  for (const PointF& point : points) {
    moved.push_back({point.x - static_cast<float>(rect.x), point.y - static_cast<float>(rect.y)});
  }
  return moved;
}

void multiply(FloatImage& image, const FloatImage& factor) {
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    image.values[i] *= factor.values[i];
  }
}

void remove_area(FloatImage& weight, const FloatImage& area) {
  for (std::size_t i = 0; i < weight.values.size(); ++i) {
    weight.values[i] *= 1.0F - area.values[i];
  }
}

FloatImage make_domain(const FloatImage& depth, float inset_px) {
  FloatImage domain(depth.width_px, depth.height_px, 1);
  for (std::size_t i = 0; i < depth.values.size(); ++i) {
    domain.values[i] = depth.values[i] > inset_px ? 1.0F : 0.0F;
  }
  return domain;
}

FloatImage make_features(const std::vector<PointF>& points, int width, int height) {
  FloatImage features(width, height, 1);
  for (const auto& polygon :
       {left_eye_polygon(points), right_eye_polygon(points), outer_lip_polygon(points)}) {
    add_scaled(features, polygon_mask(polygon, width, height), 1.0F);
  }
  return features;
}

/// Weight of the pixels that surely show skin: cheeks and nose, well inside the outline.
FloatImage make_inner_weight(const FloatImage& depth, const FloatImage& features,
                             const std::vector<PointF>& points, float inset_px) {
  FloatImage weight = polygon_mask(cheek_polygon(points), depth.width_px, depth.height_px);
  multiply(weight, make_domain(depth, inset_px));
  remove_area(weight, features);
  return weight;
}

/// How plainly each pixel shows skin of the given colours.
FloatImage skin_weight(const FloatImage& lab, const LabStatistics& colors,
                       const FloatImage& features) {
  FloatImage weight = color_likelihood(lab, colors);
  remove_area(weight, features);
  return weight;
}

TargetFace make_target_face(const Frame& target, const std::vector<PointF>& mesh_points,
                            const PixelRect& rect, const MeshSwapOptions& options) {
  TargetFace face;
  face.rect = rect;
  face.size_px = face_size_px(mesh_points);
  face.points = relative_to(mesh_points, rect);
  face.lab = to_lab(target, rect);
  face.depth = distance_inside(face_outline(face.points), rect.width, rect.height);
  blur(face.depth, kDepthSigma * face.size_px);
  face.domain = make_domain(face.depth, options.inset * face.size_px);
  face.features = make_features(face.points, rect.width, rect.height);
  face.inner =
      make_inner_weight(face.depth, face.features, face.points, kInnerDepth * face.size_px);
  face.skin_colors = robust_statistics(face.lab, face.inner);
  face.skin = skin_weight(face.lab, face.skin_colors, face.features);
  return face;
}

/// Source texture in the target's place, overall colours matched.
struct WarpedSource {
  FloatImage lab;
  FloatImage confidence;  ///< 0..1, how far the texture can be trusted
};

WarpedSource warp_view(const TargetFace& face, const MeshView& view,
                       const MeshSwapOptions& options) {
  WarpMap map = piecewise_affine_map({face.points, view.mesh_points}, face_topology(),
                                     face.rect.width, face.rect.height);
  smooth_map(map, options.map_sigma * face.size_px);
  const float shrink = face_size_px(view.mesh_points) / face.size_px;
  FloatImage lab = sample_view(view, std::move(map.source_xy), shrink);
  const LabStatistics colors = robust_statistics(lab, face.inner);
  return {match_statistics(std::move(lab), colors, face.skin_colors), std::move(map.confidence)};
}

WarpedSource blend_views(const TargetFace& face, const std::vector<MeshView>& views,
                         const std::vector<ViewWeight>& shares, const MeshSwapOptions& options) {
  WarpedSource sum = {FloatImage(face.rect.width, face.rect.height, 3),
                      FloatImage(face.rect.width, face.rect.height, 1)};
  for (const ViewWeight& share : shares) {
    const WarpedSource one = warp_view(face, views.at(share.view), options);
    add_scaled(sum.lab, one.lab, share.weight);
    add_scaled(sum.confidence, one.confidence, share.weight);
  }
  return sum;
}

/// Source pixels in the target's light, meeting the target at the border of the domain. Only pixels
/// that show skin in both pictures are compared: hair, beards and background must not tint the
/// face.
FloatImage relight(const TargetFace& face, FloatImage lab, const FloatImage& source_skin,
                   const MeshSwapOptions& options) {
  FloatImage skin = face.skin;
  multiply(skin, source_skin);
  FloatImage inside = skin;
  multiply(inside, face.domain);
  add_scaled(
      lab,
      smooth_difference(face.lab, lab, inside, options.light_sigma * face.size_px, kLightDoubt),
      options.light_strength);
  const FloatImage step =
      smooth_difference(face.lab, lab, skin, options.border_sigma * face.size_px, kBorderDoubt);
  return poisson_clone(lab, face.lab, face.domain, step, kSolveSide);
}

PointF middle(PointF a, PointF b) {
  return {(a.x + b.x) / 2, (a.y + b.y) / 2};
}

/// How far up the head a pixel (px in the region) lies: 0 at the eyes' corners, 1 at the mesh's
/// top.
class HeightScale {
 public:
  explicit HeightScale(const std::vector<PointF>& points)
      : origin_(middle(points[36], points[45])) {
    const PointF top = points[kLandmarkCount + kForeheadCount / 2];
    const PointF up = {top.x - origin_.x, top.y - origin_.y};
    const float length2 = std::max(1e-6F, up.x * up.x + up.y * up.y);
    per_px_ = {up.x / length2, up.y / length2};
  }

  [[nodiscard]] float at(int x, int y) const {
    return (static_cast<float>(x) + 0.5F - origin_.x) * per_px_.x +
           (static_cast<float>(y) + 0.5F - origin_.y) * per_px_.y;
  }

 private:
  PointF origin_;
  PointF per_px_;
};

/// Raises `holes` to `strength` over one eye and its lids, given the corners.
void add_eye_hole(FloatImage& holes, PointF a, PointF b, float strength) {
  const PointF center = {(a.x + b.x) / 2, (a.y + b.y) / 2};
  const PointF along = {b.x - a.x, b.y - a.y};
  const float length2 = along.x * along.x + along.y * along.y;
  if (length2 <= 0) {
    return;
  }
  for (int y = 0; y < holes.height_px; ++y) {
    for (int x = 0; x < holes.width_px; ++x) {
      const float dx = static_cast<float>(x) + 0.5F - center.x;
      const float dy = static_cast<float>(y) + 0.5F - center.y;
      const float u = (dx * along.x + dy * along.y) / length2 / kEyeHoleWidth;
      const float v = (dy * along.x - dx * along.y) / length2 / kEyeHoleHeight;
      const float inside = 1.0F - smooth_step(0.6F, 1.0F, std::sqrt(u * u + v * v));
      holes.at(x, y) = std::max(holes.at(x, y), strength * inside);
    }
  }
}

/// Share of the face kept as it is in the target: an open mouth's inside, eyes that are open in one
/// picture and closed in the other.
FloatImage make_holes(const TargetFace& face, float keep_eyes) {
  FloatImage holes(face.rect.width, face.rect.height, 1);
  const float mouth = smooth_step(kMouthClosed, kMouthOpen, mouth_openness(face.points));
  if (mouth > 0) {
    add_scaled(holes,
               polygon_mask(inner_mouth_polygon(face.points), holes.width_px, holes.height_px),
               mouth);
    blur(holes, kMouthSigma * face.size_px);
  }
  if (keep_eyes > 0) {
    add_eye_hole(holes, face.points[36], face.points[39], keep_eyes);
    add_eye_hole(holes, face.points[42], face.points[45], keep_eyes);
  }
  return holes;
}

/// 0..1: 1 - `skin` a little smoothed.
FloatImage other_than_skin(const TargetFace& face, const FloatImage& skin) {
  FloatImage other(face.rect.width, face.rect.height, 1);
  for (std::size_t i = 0; i < other.values.size(); ++i) {
    other.values[i] = 1 - skin.values[i];
  }
  blur(other, kHairSigma * face.size_px);
  return other;
}

/// What of `other` hangs down from the top of the mesh to the eyes.
FloatImage hanging_hair(const TargetFace& face, const FloatImage& other) {
  return hanging_from_top(other, middle(face.points[36], face.points[45]),
                          face.points[kLandmarkCount + kForeheadCount / 2]);
}

/// 0..1: the target's brows, which the swap has to cover. Their landmarks may lie at their lower
/// edge, so what is dark above counts, too, unless it is a fringe.
FloatImage find_brows(const TargetFace& face) {
  FloatImage brows = other_than_skin(face, face.skin);
  remove_area(brows, hanging_hair(face, brows));
  multiply(brows, polygon_mask(brow_eye_polygon(face.points, kBrowReach * face.size_px),
                               face.rect.width, face.rect.height));
  const FloatImage surely = polygon_mask(brow_eye_polygon(face.points, kBrowMargin * face.size_px),
                                         face.rect.width, face.rect.height);
  for (std::size_t i = 0; i < brows.values.size(); ++i) {
    brows.values[i] = std::max(surely.values[i], smooth_step(0.05F, 0.25F, brows.values[i]));
  }
  blur(brows, kHairEdgeSigma * face.size_px);
  return brows;
}

/// 0..1 above the eyes: hair (or anything but skin) in either picture that hangs down from the top
/// of the mesh. It stays as it is in the target. Brows are no hair.
FloatImage find_hair(const TargetFace& face, const FloatImage& source_skin,
                     const FloatImage& brows) {
  FloatImage skin = face.skin;
  for (std::size_t i = 0; i < skin.values.size(); ++i) {
    skin.values[i] = std::min(skin.values[i], source_skin.values[i]);
  }
  FloatImage hair = hanging_hair(face, other_than_skin(face, skin));
  remove_area(hair, brows);
  const HeightScale height(face.points);
  for (int y = 0; y < hair.height_px; ++y) {
    for (int x = 0; x < hair.width_px; ++x) {
      hair.at(x, y) *= smooth_step(0.0F, kHairlineHeight, height.at(x, y));
    }
  }
  blur(hair, kHairEdgeSigma * face.size_px);
  return hair;
}

FloatImage make_alpha(const TargetFace& face, const WarpedSource& source,
                      const FloatImage& source_skin, const FrameViews& frame_views,
                      const MeshSwapOptions& options) {
  FloatImage alpha(face.rect.width, face.rect.height, 1);
  const HeightScale height(face.points);
  const FloatImage holes = make_holes(face, frame_views.keep_eyes);
  const FloatImage brows = find_brows(face);
  const FloatImage hair = find_hair(face, source_skin, brows);
  const float inset = options.inset * face.size_px;
  for (int y = 0; y < face.rect.height; ++y) {
    for (int x = 0; x < face.rect.width; ++x) {
      const float depth = face.depth.at(x, y);
      if (depth <= inset) {
        continue;
      }
      const float up = std::clamp(height.at(x, y), 0.0F, 1.0F);
      const float wide = (1 - up) * options.feather + up * options.forehead_feather;
      const float brow = brows.at(x, y) * smooth_step(kHairlineHeight, 2 * kHairlineHeight, up);
      const float feather =
          face.size_px * ((1 - brow) * wide + brow * std::min(wide, kBrowFeather));
      alpha.at(x, y) = frame_views.opacity * source.confidence.at(x, y) * (1 - holes.at(x, y)) *
                       (1 - hair.at(x, y)) * smooth_step(inset, inset + feather, depth);
    }
  }
  return alpha;
}

Frame alpha_frame(const Frame& target, const PixelRect& rect, const FloatImage& alpha) {
  const auto width = static_cast<std::size_t>(target.width_px());
  std::vector<std::uint8_t> pixels(width * static_cast<std::size_t>(target.height_px()), 0);
  for (int y = 0; y < rect.height; ++y) {
    std::uint8_t* row = pixels.data() + static_cast<std::size_t>(rect.y + y) * width + rect.x;
    for (int x = 0; x < rect.width; ++x) {
      row[x] = static_cast<std::uint8_t>(255.0F * alpha.at(x, y) + 0.5F);
    }
  }
  return Frame(target.width_px(), target.height_px(), PixelFormat::kGray8, std::move(pixels));
}

}  // namespace

FaceLayer render_face(const Frame& target, const std::vector<PointF>& mesh_points,
                      const std::vector<MeshView>& views, const FrameViews& frame_views,
                      const MeshSwapOptions& options) {
  CHANGELING_REQUIRE(mesh_points.size() == kMeshPointCount && !frame_views.shares.empty(),
                     "a full mesh and at least one source view are needed");
  const PixelRect rect = region_around(mesh_points, kRegionMargin * face_size_px(mesh_points),
                                       target.width_px(), target.height_px());
  if (rect.width == 0 || rect.height == 0 || face_size_px(mesh_points) < kLeastFacePx) {
    return {target, alpha_frame(target, {}, {})};
  }
  const TargetFace face = make_target_face(target, mesh_points, rect, options);
  WarpedSource source = blend_views(face, views, frame_views.shares, options);
  const FloatImage source_skin = skin_weight(source.lab, face.skin_colors, face.features);
  const FloatImage alpha = make_alpha(face, source, source_skin, frame_views, options);
  const FloatImage lab = relight(face, std::move(source.lab), source_skin, options);
  return {with_lab_region(target, rect, lab, alpha), alpha_frame(target, rect, alpha)};
}

}  // namespace changeling

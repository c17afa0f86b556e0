// generator/methods/mesh_swap/mesh_swap_options.h: parameters of the mesh swap. Layer 5.
#pragma once

namespace changeling {

/// Lengths without unit are fractions of the face size (face_size_px of the target frame).
struct MeshSwapOptions {
  // What is refused.
  float min_face_px = 64;         ///< median short side of either face: below -> kFaceSmall
  int min_track_frames = 10;      ///< frames of either track: fewer -> kTrackShort
  float max_pose_gap_deg = 30;    ///< yaw and pitch between target frame and source view
  float max_yaw_deg = 60;         ///< target frames turned further are passed through
  float min_usable_share = 0.5F;  ///< share of target frames that must show the swap with at least
                                  ///< half its weight -> kPoseGap or kPoseOutOfRange

  // Source views.
  int max_views = 6;  ///< distinct source frames used
  float min_sharpness_share =
      0.6F;                     ///< least sharpness of a view, as share of the clip's best tenth
  float expression_weight = 1;  ///< weight of eyes and mouth beside the pose; 0 = pose alone
  float switch_penalty_deg2 = 400;  ///< cost of changing the view between two frames, degrees^2
  int crossfade_frames = 4;         ///< frames on each side of a change over which views are mixed

  // Geometry.
  float landmark_sigma_frames = 2.0F;  ///< smoothing of the target's face shape over time; the
                                       ///< mouth and the eyes get a third of it
  float map_sigma = 0.012F;            ///< smoothing of the warp map

  // Light and border.
  float light_sigma = 0.18F;    ///< scale below which the source's own shading is kept
  float light_strength = 1.0F;  ///< 0 keeps the source's broad shading, 1 takes the target's
  float border_sigma = 0.03F;   ///< scale over which colour is compared along the border
  float feather = 0.10F;        ///< width of the soft border inside the face outline
  float forehead_feather = 0.12F;
  float inset = 0.02F;  ///< the soft border starts this far inside the outline
};

}  // namespace changeling

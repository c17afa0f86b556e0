// generator/methods/fsgan/fsgan_options.h: parameters of the FSGAN swap. Layer 5.
#pragma once

#include <vector>

#include <c10/core/Device.h>

#include "common/face/motion_smoothing.h"
#include "common/nets/inference_engine.h"
#include "generator/methods/fsgan/appearance_map.h"

namespace changeling {

/// What is pasted: how far down the pipeline a face goes. Each is a labelled fake of its own.
enum class Rung {
  kReenacted,  ///< "fsgan_reenacted": G_r alone
  kInpainted,  ///< "fsgan_inpainted": and G_c
  kPoisson,    ///< "fsgan_poisson": and a Poisson clone
  kBlended,    ///< "fsgan": and G_b instead
};

enum class FsganMode {
  kEngine,        ///< batches, folded and fused networks
  kFrameByFrame,  ///< one image at a time, layer by layer, float32: the honest baseline
};

enum class SegmenterKind {
  kNet,   ///< G_s
  kHull,  ///< the hull of the landmarks
};

/// Where the alpha of a face falls from 1 to 0, seen from the border of its eroded mask.
enum class RimSide {
  kOutside,  ///< as FSGAN: G_b has to hide the border
  kInside,   ///< the border itself is all target
};

/// Filters over time take odd numbers of frames; the defaults are those of YuvalNirkin/fsgan, v2.
struct FsganOptions {
  std::vector<Rung> rungs = {Rung::kBlended};
  FsganMode mode = FsganMode::kEngine;
  Precision precision = Precision::kAuto;
  c10::Device device = c10::kCPU;
  SegmenterKind segmenter = SegmenterKind::kNet;

  // Crops; networks made for others are refused.
  double crop_scale = 1.2;  ///< crop side / longer side of the face box
  int resolution_px = 256;
  BoxFilter box_filter;
  LandmarkFilter landmark_filter;
  int pose_kernel = 5;

  // What is refused.
  double min_face_px = 64;       ///< median short side of either face: below -> kFaceSmall
  int min_track_frames = 10;     ///< frames of either track: fewer -> kTrackShort; a clip that is
                                 ///< shorter itself (a still) needs all of its frames
  double max_pose_gap_deg = 60;  ///< yaw and pitch between a target frame and the nearest view;
                                 ///< beyond in most frames -> kPoseGap

  // Source views.
  AppearanceOptions appearance;
  double max_step_deg = 0;  ///< larger turns are reenacted in steps of at most this; 0 = one step
  int cached_views = 64;    ///< source crops kept in memory per clip

  /// Before G_c the face gets mean and deviation of the target's colours (color_match.h); FSGAN
  /// leaves all of that to G_b.
  bool match_color = true;

  // Masks.
  int segmentation_kernel = 5;     ///< target frames whose logits are averaged
  bool remove_inner_mouth = true;  ///< teeth and tongue stay the target's
  int mask_kernel = 21;            ///< reach of the soft rim, in pixels of a 256 px crop
  double mask_threshold = 0.6;
  RimSide rim = RimSide::kOutside;

  /// The painted face gets the source's fine detail (source_detail.h) from views kept at up to this
  /// many times the networks' resolution; 1 = none, as FSGAN.
  int max_detail = 1;
};

}  // namespace changeling

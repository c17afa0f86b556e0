// generator/methods/fsgan/crop_faces.h: a face track as the networks see it: steady crops with
// landmarks and poses. Training data and swaps are cut by this one function. Layer 5, Torch only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/face/face_types.h"
#include "common/face/motion_smoothing.h"
#include "generator/methods/fsgan/crop_geometry.h"

namespace changeling {

/// The face of one frame.
struct CropFace {
  std::int64_t frame_index = 0;
  std::size_t run = 0;  ///< consecutive frames of one shot have one number
  CropSquare square;    ///< of the smoothed box
  Landmarks landmarks;  ///< in [0,1] of the square, smoothed; may lie outside
  EulerPose pose_deg;   ///< smoothed
  float sharpness = 0;
  bool is_interpolated = false;  ///< not measured in this frame
};

struct CropFilters {
  double crop_scale = 1.2;
  BoxFilter box;
  LandmarkFilter landmarks;
  int pose_kernel = 5;
};

/// Every observation of the track, in order. The track is used up, as clips may be long. Boxes are
/// those of the landmarks (face_box), as in training data. Filters end at gaps and at cuts (first
/// frames of shots, ascending). Throws Error(kInternal) for an empty box.
[[nodiscard]] std::vector<CropFace> crop_faces(FaceTrack track,
                                               const std::vector<std::int64_t>& cuts,
                                               const CropFilters& filters);

}  // namespace changeling

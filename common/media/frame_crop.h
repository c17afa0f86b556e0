// common/media/frame_crop.h: squares cut out of frames, without tensors. Layer 1.
#pragma once

#include "common/base/frame.h"
#include "common/base/geometry.h"

namespace changeling {

/// The crop of `side_px` by `side_px` that `transform` maps the frame onto: bilinear, black outside
/// the frame, of the frame's format. Rounds to the nearest level.
[[nodiscard]] Frame crop_frame(const Frame& frame, const CropTransform& transform, int side_px);

}  // namespace changeling

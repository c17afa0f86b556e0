// generator/methods/fsgan/paste_face.h: a face crop back into its frame, at the frame's resolution.
// Layer 5, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"
#include "generator/methods/fsgan/crop_geometry.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// face float32 (3,S,S) in [-1,1] and alpha (1,S,S) in [0,1], CPU, resized to the square: cubic and
/// linear, area-averaged where they shrink; alpha below 1/512 is 0. Pixels without alpha equal
/// `target` bit for bit; what leaves the frame is cut off.
[[nodiscard]] ComposedFrame paste_face(const Frame& target, const CropSquare& square,
                                       const at::Tensor& face, const at::Tensor& alpha);

}  // namespace changeling

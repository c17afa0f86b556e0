// generator/methods/fsgan/crop_geometry.h: from a face box to a network's crop, and views turned to
// the target's roll. Layer 5, Torch only.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"
#include "common/base/geometry.h"
#include "common/face/face_types.h"

namespace changeling {

/// A square of whole frame pixels; may leave the frame.
struct CropSquare {
  std::int64_t x = 0;  ///< left column
  std::int64_t y = 0;  ///< top row
  std::int64_t side = 0;
};

/// side = the longer of round(width x scale), round(height x scale); corner = round(centre -
/// side / 2); both rounded half to even (YuvalNirkin/fsgan). Throws Error(kInternal) for an empty
/// or not finite box.
[[nodiscard]] CropSquare crop_square(const BBox& box, double scale);

/// Frame pixels -> the crop's [0,1], and back.
[[nodiscard]] Landmarks to_crop(Landmarks landmarks_px, const CropSquare& square);
[[nodiscard]] Landmarks to_frame(const Landmarks& landmarks_crop, const CropSquare& square);

/// The square of a kRgb24 frame as float32 (3,size,size) in [-1,1], not rounded (cubic may
/// overshoot and is clamped): cubic, area-averaged when it shrinks to less than half; outside the
/// frame black
/// (-1). The square's own border is repeated, so no pixel beyond it is read.
[[nodiscard]] at::Tensor take_crop(const Frame& frame, const CropSquare& square, int size_px);

/// Every image turned counter-clockwise (as seen, y down) about its centre by its angle: float
/// (M,C,S,S), cubic, `border` where nothing was. Angles 0 return the very values. The bits of an
/// image do not depend on the others.
[[nodiscard]] at::Tensor turn_ccw(const at::Tensor& images, const std::vector<double>& angles_deg,
                                  double border);

/// Crop landmarks of an image turned so.
[[nodiscard]] Landmarks turn_ccw(const Landmarks& landmarks_crop, double angle_deg);

}  // namespace changeling

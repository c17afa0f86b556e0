// generator/methods/self_blend/mask_deform.h: the deformed, blurred mask of a blend. Layer 5.
#pragma once

#include <vector>

#include "common/base/frame.h"
#include "common/base/geometry.h"
#include "common/face/face_types.h"
#include "generator/methods/self_blend/blend_draw.h"

namespace changeling {

/// Frame -> upright crop of kBlendCropPx in which the face fills about three fifths.
[[nodiscard]] CropTransform blend_crop(const Landmarks& landmarks);

/// Where the source's face goes: crop px -> crop px.
[[nodiscard]] CropTransform face_shift(const BlendDraw& draw);

/// Makes masks of one draw. Immutable; safe to share between threads.
class MaskMaker {
 public:
  explicit MaskMaker(const BlendDraw& draw);

  /// The mask in the crop, kGray8: hull of the face's points moved by face_shift, displaced by the
  /// draw's elastic field, blurred, cut back to where that blur is full, blurred again, its peak at
  /// 255 x ratio (all zero for a hull too small to survive). The field is fixed to the crop, so a
  /// still face has a still mask.
  [[nodiscard]] Frame mask(const Landmarks& landmarks, const CropTransform& to_crop) const;

 private:
  BlendDraw draw_;
  CropTransform shift_;
  std::vector<float> sample_xy_;  ///< where each crop pixel reads the hull, OpenCV indices
};

}  // namespace changeling

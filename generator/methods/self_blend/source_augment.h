// generator/methods/self_blend/source_augment.h: the other version of a face that is blended in.
// Layer 5.
#pragma once

#include "common/base/frame.h"
#include "common/base/geometry.h"
#include "generator/methods/self_blend/blend_draw.h"

namespace changeling {

/// Whole pixels of a frame; right and bottom excluded.
struct FrameRect {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;

  [[nodiscard]] bool empty() const { return left >= right || top >= bottom; }
};

/// A copy of the kRgb24 `frame` in which `rect` shows the frame's own pixels at another frequency
/// (coarser or sharper), in other colours, taken from where `to_source` says. Outside of `rect` the
/// copy is the frame.
[[nodiscard]] Frame augment_source(const Frame& frame, const FrameRect& rect,
                                   const CropTransform& to_source, const BlendDraw& draw);

}  // namespace changeling

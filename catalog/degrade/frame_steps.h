// catalog/degrade/frame_steps.h: degradation steps on single frames, integer or exact to the byte
// on every machine. Layer 2.
#pragma once

#include <cstdint>

#include "catalog/degrade/recipe.h"
#include "common/base/frame.h"

namespace changeling {

/// Area-weighted means where a side shrinks, linear interpolation where it grows. Any format.
[[nodiscard]] Frame resize_smooth(const Frame& frame, int width_px, int height_px);

/// Nearest pixel: for masks, whose values must stay what they are.
[[nodiscard]] Frame resize_nearest(const Frame& frame, int width_px, int height_px);

/// The kRgb24 frame after a step that is neither a codec nor a rate. `index` counts in the clip:
/// noise and blocks differ from frame to frame, and are equal for equal seeds and indices.
[[nodiscard]] Frame degrade(const Frame& frame, const Step& step, std::int64_t index);

}  // namespace changeling

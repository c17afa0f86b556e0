// tests/support/plain_crop.h: a crop as its definition says, the oracle and the rival of
// crop_frame().
#pragma once

#include "common/base/frame.h"
#include "common/base/geometry.h"

namespace changeling {

/// As crop_frame(), pixel by pixel and channel by channel.
[[nodiscard]] Frame plain_crop(const Frame& frame, const CropTransform& transform, int side_px);

/// Every byte drawn at random.
[[nodiscard]] Frame noise_frame(int width_px, int height_px, PixelFormat format);

}  // namespace changeling

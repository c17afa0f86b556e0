// common/front/still_pictures.h: cuts, scales and labels frames for contact sheets. Layer 7.
#pragma once

#include "common/base/frame.h"

namespace changeling {

/// A square of a frame, px; it may reach over the border.
struct SquareCrop {
  double left_px = 0;
  double top_px = 0;
  double side_px = 0;
};

/// The square around all pixels above 0, 1.7 times as large; the whole frame when there are none.
[[nodiscard]] SquareCrop square_around(const Frame& mask);

/// The smallest square that holds the whole frame.
[[nodiscard]] SquareCrop square_of_whole(const Frame& frame);

/// The crop as a kRgb24 picture of side_px by side_px; outside the frame it is black.
[[nodiscard]] Frame cut_square(const Frame& frame, const SquareCrop& crop, int side_px);

/// The picture with the word FAKE in its lower left corner, part of the pixels.
[[nodiscard]] Frame label_fake(const Frame& picture);

}  // namespace changeling

#include "common/media/frame_crop.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace changeling {
namespace {

/// What a crop pixel lies between: the pixel to its upper left, and how far beyond that it is.
struct Place {
  int x = 0, y = 0;
  double right_share = 0, bottom_share = 0;
};

int floor_of(double value) {
  const int toward_zero = static_cast<int>(value);
  return toward_zero > value ? toward_zero - 1 : toward_zero;
}

Place place_of(const PointF& at) {
  const double left = at.x - 0.5, top = at.y - 0.5;
  if (std::abs(left) > 1e6 || std::abs(top) > 1e6) {
    return {-2, -2, 0, 0};  // would overflow an int; black as any point outside
  }
  const int x = floor_of(left), y = floor_of(top);
  return {x, y, left - x, top - y};
}

/// Two neighbouring pixels of a row; black outside the frame.
struct Neighbours {
  const std::uint8_t* left;
  const std::uint8_t* right;
};

Neighbours neighbours(const Frame& frame, int x, int y) {
  static constexpr std::uint8_t kBlack[4] = {};
  const auto pixel = [&](int column) {
    const bool is_inside =
        column >= 0 && y >= 0 && column < frame.width_px() && y < frame.height_px();
    return is_inside ? frame.data() + static_cast<std::size_t>(y) * frame.row_bytes() +
                           static_cast<std::size_t>(column * frame.channels())
                     : kBlack;
  };
  return {pixel(x), pixel(x + 1)};
}

}  // namespace

Frame crop_frame(const Frame& frame, const CropTransform& transform, int side_px) {
  const int channels = frame.channels();
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(side_px * side_px * channels));
  std::uint8_t* out = pixels.data();
  for (int row = 0; row < side_px; ++row) {
    for (int column = 0; column < side_px; ++column) {
      const Place at = place_of(
          transform.to_frame({static_cast<float>(column) + 0.5F, static_cast<float>(row) + 0.5F}));
      const Neighbours above = neighbours(frame, at.x, at.y);
      const Neighbours below = neighbours(frame, at.x, at.y + 1);
      for (int c = 0; c < channels; ++c) {
        const double upper = above.left[c] * (1 - at.right_share) + above.right[c] * at.right_share;
        const double lower = below.left[c] * (1 - at.right_share) + below.right[c] * at.right_share;
        // Never negative, so adding a half rounds to the nearest.
        *out++ = static_cast<std::uint8_t>(upper * (1 - at.bottom_share) + lower * at.bottom_share +
                                           0.5);
      }
    }
  }
  return {side_px, side_px, frame.format(), std::move(pixels)};
}

}  // namespace changeling

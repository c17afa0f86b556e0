#include "common/media/frame_crop.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace changeling {
namespace {

/// Channel value at whole pixel coordinates; 0 outside.
double level(const Frame& frame, int x, int y, int channel) {
  if (x < 0 || y < 0 || x >= frame.width_px() || y >= frame.height_px()) {
    return 0;
  }
  return frame.data()[static_cast<std::size_t>(y) * frame.row_bytes() +
                      static_cast<std::size_t>(x * frame.channels() + channel)];
}

}  // namespace

Frame crop_frame(const Frame& frame, const CropTransform& transform, int side_px) {
  const int channels = frame.channels();
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(side_px * side_px * channels));
  for (int row = 0; row < side_px; ++row) {
    for (int column = 0; column < side_px; ++column) {
      const PointF at =
          transform.to_frame({static_cast<float>(column) + 0.5F, static_cast<float>(row) + 0.5F});
      const double left = std::floor(at.x - 0.5), top = std::floor(at.y - 0.5);
      const double right_share = at.x - 0.5 - left, bottom_share = at.y - 0.5 - top;
      // A point far outside would overflow an int; it is black as well.
      const bool is_far = std::abs(left) > 1e6 || std::abs(top) > 1e6;
      const int x = is_far ? -2 : static_cast<int>(left), y = is_far ? -2 : static_cast<int>(top);
      for (int c = 0; c < channels; ++c) {
        const double upper =
            level(frame, x, y, c) * (1 - right_share) + level(frame, x + 1, y, c) * right_share;
        const double lower = level(frame, x, y + 1, c) * (1 - right_share) +
                             level(frame, x + 1, y + 1, c) * right_share;
        pixels.push_back(static_cast<std::uint8_t>(
            std::lround(upper * (1 - bottom_share) + lower * bottom_share)));
      }
    }
  }
  return {side_px, side_px, frame.format(), std::move(pixels)};
}

}  // namespace changeling

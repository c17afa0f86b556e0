#include "common/base/frame.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/error.h"

namespace changeling {

Frame::Frame(int width_px, int height_px, PixelFormat format, std::vector<std::uint8_t> pixels)
    : width_px_(width_px),
      height_px_(height_px),
      format_(format),
      pixels_(std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels))) {
  CHANGELING_REQUIRE(width_px > 0 && height_px > 0, "a frame needs a positive size");
  CHANGELING_REQUIRE(pixels_->size() == row_bytes() * static_cast<std::size_t>(height_px),
                     "frame storage does not match its size");
}

Frame cut_out(const Frame& frame, const FrameWindow& window) {
  CHANGELING_REQUIRE(window.width > 0 && window.height > 0, "a part needs a positive size");
  const auto channels = static_cast<std::size_t>(frame.channels());
  const auto row_bytes = static_cast<std::size_t>(window.width) * channels;
  std::vector<std::uint8_t> pixels(row_bytes * static_cast<std::size_t>(window.height));
  const int first_x = std::max(window.x, 0);
  const int first_y = std::max(window.y, 0);
  const int last_x = std::min(window.x + window.width, frame.width_px());
  const int last_y = std::min(window.y + window.height, frame.height_px());
  for (int y = first_y; y < last_y && first_x < last_x; ++y) {
    std::memcpy(pixels.data() + static_cast<std::size_t>(y - window.y) * row_bytes +
                    static_cast<std::size_t>(first_x - window.x) * channels,
                frame.data() + static_cast<std::size_t>(y) * frame.row_bytes() +
                    static_cast<std::size_t>(first_x) * channels,
                static_cast<std::size_t>(last_x - first_x) * channels);
  }
  return {window.width, window.height, frame.format(), std::move(pixels)};
}

bool operator==(const Frame& a, const Frame& b) {
  return a.width_px() == b.width_px() && a.height_px() == b.height_px() &&
         a.format() == b.format() && *a.storage() == *b.storage();
}

}  // namespace changeling

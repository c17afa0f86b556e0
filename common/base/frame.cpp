#include "common/base/frame.h"

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

bool operator==(const Frame& a, const Frame& b) {
  return a.width_px() == b.width_px() && a.height_px() == b.height_px() &&
         a.format() == b.format() && *a.storage() == *b.storage();
}

}  // namespace changeling

#include "common/flow/shrink.h"

#include <vector>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

/// Byte i is i times `step`.
Frame ramp(int width_px, int height_px, PixelFormat format, int step) {
  std::vector<std::uint8_t> bytes;
  const int channels = format == PixelFormat::kGray8 ? 1 : 3;
  for (int i = 0; i < width_px * height_px * channels; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(i * step));
  }
  return Frame(width_px, height_px, format, std::move(bytes));
}

std::vector<int> bytes_of(const Frame& frame) {
  return {frame.data(), frame.data() + frame.size_bytes()};
}

TEST(Shrunk, PixelIsTheMeanOfWhatItCovers) {
  const Frame small = shrunk(ramp(8, 4, PixelFormat::kGray8, 4), 2);
  EXPECT_EQ(small.width_px(), 4);
  EXPECT_EQ(small.height_px(), 2);
  EXPECT_EQ(small.format(), PixelFormat::kGray8);
  // Of 0 4 32 36, 8 12 40 44, ... ; the lower half lies two rows of 32 below.
  EXPECT_EQ(bytes_of(small), (std::vector<int>{18, 26, 34, 42, 82, 90, 98, 106}));
  // Channels stay apart: 0 3 12 15 and so on.
  const Frame rgb = shrunk(ramp(4, 2, PixelFormat::kRgb24, 2), 1);
  EXPECT_EQ(bytes_of(rgb), (std::vector<int>{15, 17, 19, 27, 29, 31}));
}

TEST(Shrunk, LongerSideKeepsTheProportion) {
  const Frame wide = shrunk(ramp(1920, 1080, PixelFormat::kGray8, 1), 256);
  EXPECT_EQ(wide.width_px(), 455);  // 455.1
  EXPECT_EQ(wide.height_px(), 256);
  const Frame tall = shrunk(ramp(300, 500, PixelFormat::kRgb24, 1), 256);
  EXPECT_EQ(tall.width_px(), 256);
  EXPECT_EQ(tall.height_px(), 427);  // 426.7
}

TEST(Shrunk, SmallPictureStaysItself) {
  const Frame frame = ramp(90, 40, PixelFormat::kRgb24, 1);
  EXPECT_EQ(shrunk(frame, 40).data(), frame.data());
  EXPECT_EQ(shrunk(frame, 64).data(), frame.data());
  EXPECT_THROW((void)shrunk(frame, 0), Error);
}

}  // namespace
}  // namespace changeling

// Cutting a part out of a frame.
#include "common/base/frame.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

/// Pixel (x, y) has the bytes 10 y + x, 100, 200.
Frame numbered(int width, int height) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      pixels.insert(pixels.end(), {static_cast<std::uint8_t>(10 * y + x), 100, 200});
    }
  }
  return Frame(width, height, PixelFormat::kRgb24, std::move(pixels));
}

int first_byte(const Frame& frame, int x, int y) {
  return frame
      .data()[static_cast<std::size_t>(y) * frame.row_bytes() + static_cast<std::size_t>(x) * 3];
}

TEST(CutOut, KeepsThePixelsOfThePart) {
  const Frame part = cut_out(numbered(5, 4), {1, 2, 3, 2});
  ASSERT_EQ(part.width_px(), 3);
  ASSERT_EQ(part.height_px(), 2);
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 3; ++x) {
      EXPECT_EQ(first_byte(part, x, y), 10 * (y + 2) + x + 1);
    }
  }
}

TEST(CutOut, IsBlackBeyondTheFrame) {
  const Frame part = cut_out(numbered(5, 4), {-1, -1, 8, 6});
  EXPECT_EQ(first_byte(part, 0, 3), 0);
  EXPECT_EQ(first_byte(part, 3, 0), 0);
  EXPECT_EQ(first_byte(part, 1, 1), 0);  // pixel (0, 0)
  EXPECT_EQ(first_byte(part, 5, 4), 34);
  EXPECT_EQ(first_byte(part, 6, 4), 0);
  EXPECT_EQ(first_byte(part, 5, 5), 0);
  EXPECT_EQ(first_byte(cut_out(numbered(5, 4), {9, 0, 2, 2}), 0, 0), 0);
}

TEST(CutOut, RefusesAnEmptyPart) {
  EXPECT_THROW((void)cut_out(numbered(5, 4), {0, 0, 0, 2}), Error);
}

}  // namespace
}  // namespace changeling

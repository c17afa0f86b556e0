#include "common/front/still_pictures.h"

#include <vector>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

/// A grey frame with a bright rectangle.
Frame mask(int width, int height, int left, int top, int right, int bottom) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width * height));
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      pixels[static_cast<std::size_t>(y * width + x)] = 255;
    }
  }
  return {width, height, PixelFormat::kGray8, pixels};
}

Frame plain(int width, int height, std::uint8_t value) {
  return {width, height, PixelFormat::kRgb24,
          std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3), value)};
}

int red_at(const Frame& frame, int x, int y) {
  return frame.data()[static_cast<std::size_t>((y * frame.width_px() + x) * 3)];
}

TEST(SquareAround, CentresOnTheMaskWithAMargin) {
  const SquareCrop crop = square_around(mask(100, 80, 40, 20, 60, 30));
  EXPECT_DOUBLE_EQ(crop.side_px, 34);
  EXPECT_DOUBLE_EQ(crop.left_px + crop.side_px / 2, 50);
  EXPECT_DOUBLE_EQ(crop.top_px + crop.side_px / 2, 25);
}

TEST(SquareAround, TakesTheWholeFrameWithoutAMask) {
  const SquareCrop crop = square_around(mask(100, 80, 0, 0, 0, 0));
  EXPECT_DOUBLE_EQ(crop.side_px, 100);
  EXPECT_DOUBLE_EQ(crop.left_px, 0);
  EXPECT_DOUBLE_EQ(crop.top_px, -10);
}

TEST(CutSquare, KeepsPixelsAtScaleOne) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 8 * 8 * 3; ++i) {
    pixels.push_back(static_cast<std::uint8_t>(i));
  }
  const Frame frame(8, 8, PixelFormat::kRgb24, pixels);
  EXPECT_TRUE(cut_square(frame, square_of_whole(frame), 8) == frame);
}

TEST(CutSquare, AveragesWhenItShrinks) {
  const Frame quarter = mask(8, 8, 0, 0, 2, 8);
  const Frame small = cut_square(quarter, square_of_whole(quarter), 2);
  EXPECT_EQ(red_at(small, 0, 0), 128);
  EXPECT_EQ(red_at(small, 1, 1), 0);
}

TEST(CutSquare, IsBlackOutsideTheFrame) {
  const Frame picture = cut_square(plain(10, 10, 200), {-10, -10, 20}, 20);
  EXPECT_EQ(red_at(picture, 2, 2), 0);
  EXPECT_EQ(red_at(picture, 15, 15), 200);
}

TEST(LabelFake, ChangesTheCornerAndNothingElse) {
  const Frame source = plain(256, 256, 100);
  const Frame labelled = label_fake(source);
  int changed = 0;
  for (int y = 0; y < 256; ++y) {
    for (int x = 0; x < 256; ++x) {
      const bool differs = red_at(labelled, x, y) != 100;
      changed += differs ? 1 : 0;
      EXPECT_FALSE(differs && (y < 200 || x > 120)) << x << "," << y;
    }
  }
  EXPECT_GT(changed, 3000);
}

TEST(LabelFake, RefusesAPictureThatCannotHoldIt) {
  EXPECT_THROW((void)label_fake(plain(20, 20, 0)), Error);
}

}  // namespace
}  // namespace changeling

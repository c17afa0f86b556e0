#include "common/face/cut_detector.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace changeling {
namespace {

/// A smooth coloured pattern, `phase` chooses the scene, `shift_px` moves the camera.
Frame scene(double phase, double shift_px = 0, int brighter = 0) {
  constexpr int kWidth = 160;
  constexpr int kHeight = 120;
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < 3; ++c) {
        const double value = 110 +
                             70 * std::sin((x + shift_px) / (12 + 9 * phase) + c * phase) *
                                 std::cos(y / (9 + 14 * phase)) +
                             40 * phase * (c - 1);
        pixels.push_back(static_cast<std::uint8_t>(std::clamp(value + brighter, 0.0, 255.0)));
      }
    }
  }
  return Frame(kWidth, kHeight, PixelFormat::kRgb24, std::move(pixels));
}

TEST(CutDetector, SeesTheFrameThatStartsAnotherScene) {
  CutDetector detector;
  for (int i = 0; i < 6; ++i) {
    EXPECT_FALSE(detector.add(scene(0.2, i)));
  }
  EXPECT_TRUE(detector.add(scene(1.1)));
  EXPECT_FALSE(detector.add(scene(1.1, 1)));
}

TEST(CutDetector, TakesNoPanForACut) {
  CutDetector detector;
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(detector.add(scene(0.5, 6.0 * i)));
  }
}

TEST(CutDetector, TakesNoFlashForACut) {
  CutDetector detector;
  EXPECT_FALSE(detector.add(scene(0.2)));
  EXPECT_FALSE(detector.add(scene(0.2)));
  EXPECT_FALSE(detector.add(scene(0.2, 0, 60)));
  EXPECT_FALSE(detector.add(scene(0.2)));
}

TEST(CutDetector, FindsCutsOfTwoFrameShots) {
  CutDetector detector;
  int cuts = 0;
  for (int i = 0; i < 12; ++i) {
    cuts += detector.add(scene((i / 2) % 2 == 0 ? 0.2 : 1.1)) ? 1 : 0;
  }
  EXPECT_EQ(cuts, 5);
}

}  // namespace
}  // namespace changeling

#include "catalog/degrade/frame_steps.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/rng.h"

namespace changeling {
namespace {

Frame random_frame(int width, int height, PixelFormat format = PixelFormat::kRgb24) {
  CounterRng rng(7);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width * height) *
                                   (format == PixelFormat::kRgb24 ? 3 : 1));
  for (std::uint8_t& pixel : pixels) {
    pixel = static_cast<std::uint8_t>(40 + rng.below(176));
  }
  return {width, height, format, std::move(pixels)};
}

Frame flat_frame(int width, int height, std::uint8_t level) {
  return {width, height, PixelFormat::kRgb24,
          std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3), level)};
}

Step step_of(StepType type, int level, std::uint64_t seed = 0) {
  return {type, level, seed};
}

/// Mean and deviation of b - a.
std::pair<double, double> difference(const Frame& a, const Frame& b) {
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < a.size_bytes(); ++i) {
    const double d = int{b.data()[i]} - int{a.data()[i]};
    sum += d;
    squares += d * d;
  }
  const auto n = static_cast<double>(a.size_bytes());
  return {sum / n, std::sqrt(squares / n - sum / n * (sum / n))};
}

TEST(ResizeSmooth, HalvingGivesMeansOfFour) {
  const Frame frame = random_frame(8, 6);
  const Frame half = resize_smooth(frame, 4, 3);
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 4; ++x) {
      for (int c = 0; c < 3; ++c) {
        double sum = 0;
        for (const int i : {0, 1, 8, 9}) {
          sum += frame.data()[((2 * y + i / 8) * 8 + 2 * x + i % 8) * 3 + c];
        }
        EXPECT_EQ(half.data()[(y * 4 + x) * 3 + c], std::floor(sum / 4 + 0.5));
      }
    }
  }
}

TEST(ResizeSmooth, FlatFramesStayFlatAtAnySize) {
  for (const auto& [width, height] : {std::pair(7, 5), std::pair(31, 3), std::pair(1, 1)}) {
    EXPECT_EQ(resize_smooth(flat_frame(13, 9, 77), width, height), flat_frame(width, height, 77));
  }
}

TEST(ResizeNearest, KeepsTheValuesOfMasks) {
  std::vector<std::uint8_t> pixels = {0, 255, 0, 255, 0, 255, 0, 255, 0};
  const Frame mask(3, 3, PixelFormat::kGray8, pixels);
  const Frame large = resize_nearest(mask, 8, 5);
  EXPECT_TRUE(std::all_of(large.data(), large.data() + large.size_bytes(),
                          [](std::uint8_t value) { return value == 0 || value == 255; }));
  EXPECT_EQ(resize_nearest(mask, 1, 1).data()[0], 0);  // the middle pixel
  EXPECT_EQ(resize_nearest(mask, 3, 3), mask);
}

TEST(Degrade, SaturationOfLevelFiveIsGrey) {
  const Frame grey = degrade(random_frame(9, 7), step_of(StepType::kSaturation, 5), 0);
  for (std::size_t i = 0; i < grey.size_bytes(); i += 3) {
    EXPECT_EQ(grey.data()[i], grey.data()[i + 1]);
    EXPECT_EQ(grey.data()[i], grey.data()[i + 2]);
  }
}

TEST(Degrade, ContrastScalesLevels) {
  EXPECT_EQ(degrade(flat_frame(4, 4, 200), step_of(StepType::kContrast, 3), 0),
            flat_frame(4, 4, 120));
}

TEST(Degrade, NoiseHasTheStatedVarianceAndFollowsSeedAndFrame) {
  const Frame frame = flat_frame(160, 120, 128);
  const Step step = step_of(StepType::kNoise, 4, 3);
  const Frame noisy = degrade(frame, step, 0);
  const auto [mean, deviation] = difference(frame, noisy);
  EXPECT_NEAR(mean, 0, 0.5);
  EXPECT_NEAR(deviation, 25.5, 0.5);  // 255 x sqrt(0.01)
  EXPECT_EQ(degrade(frame, step, 0), noisy);
  EXPECT_FALSE(degrade(frame, step, 1) == noisy);
  EXPECT_FALSE(degrade(frame, step_of(StepType::kNoise, 4, 4), 0) == noisy);
}

TEST(Degrade, BlocksAreGreyAndElsewhereTheFrameStays) {
  const Frame frame = random_frame(200, 150);
  const Frame blocked = degrade(frame, step_of(StepType::kBlocks, 2, 3), 5);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < frame.size_bytes(); ++i) {
    if (blocked.data()[i] != frame.data()[i]) {
      EXPECT_EQ(blocked.data()[i], 128);
      ++changed;
    }
  }
  EXPECT_GT(changed, 20U * 192U);  // 32 blocks of 8 x 8 pixels, some overlap or are cut
  EXPECT_LE(changed, 32U * 192U);
}

TEST(Degrade, BlurSmoothsMoreWithTheLevelAndKeepsTheMean) {
  const Frame frame = random_frame(64, 48);
  double last = 1e9;
  for (int level = 1; level <= 5; ++level) {
    const Frame blurred = degrade(frame, step_of(StepType::kBlur, level), 0);
    const auto [mean, deviation] = difference(flat_frame(64, 48, 128), blurred);
    EXPECT_NEAR(mean, difference(flat_frame(64, 48, 128), frame).first, 1);
    EXPECT_LT(deviation, last);
    last = deviation;
  }
  EXPECT_EQ(degrade(flat_frame(5, 4, 99), step_of(StepType::kBlur, 5), 0), flat_frame(5, 4, 99));
}

TEST(Degrade, JpegAndPixelsKeepSizeAndLoseDetail) {
  const Frame frame = random_frame(50, 35);
  for (const Step& step : {step_of(StepType::kJpeg, 20), step_of(StepType::kPixelate, 5)}) {
    const Frame out = degrade(frame, step, 0);
    EXPECT_EQ(out.width_px(), 50);
    EXPECT_EQ(out.height_px(), 35);
    EXPECT_GT(difference(frame, out).second, 5);
    EXPECT_EQ(degrade(frame, step, 1), out);
  }
}

}  // namespace
}  // namespace changeling

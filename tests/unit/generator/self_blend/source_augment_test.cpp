#include "generator/methods/self_blend/source_augment.h"

#include <cmath>
#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/landmark_face.h"

namespace changeling {
namespace {

const FrameRect kRect = {60, 50, 180, 170};

/// A draw that changes nothing.
BlendDraw quiet() {
  return {};
}

bool inside(int x, int y) {
  return x >= kRect.left && x < kRect.right && y >= kRect.top && y < kRect.bottom;
}

/// Mean over the rectangle of a channel, and of the squared difference to the right neighbour.
struct Statistics {
  double mean = 0;
  double roughness = 0;
};

Statistics statistics(const Frame& frame, int channel) {
  Statistics result;
  double n = 0;
  for (int y = kRect.top; y < kRect.bottom; ++y) {
    for (int x = kRect.left; x + 1 < kRect.right; ++x) {
      const std::uint8_t* p = frame.data() + 3 * (y * frame.width_px() + x) + channel;
      result.mean += p[0];
      result.roughness += (p[3] - p[0]) * (p[3] - p[0]);
      ++n;
    }
  }
  return {result.mean / n, result.roughness / n};
}

TEST(AugmentSource, ADrawThatChangesNothingGivesTheFrame) {
  const Frame frame = draw(LandmarkFace{});
  const Frame out = augment_source(frame, kRect, CropTransform(), quiet());
  int worst = 0;
  for (std::size_t i = 0; i < frame.size_bytes(); ++i) {
    worst = std::max(worst, std::abs(int{frame.data()[i]} - int{out.data()[i]}));
  }
  EXPECT_LE(worst, 1);  // there and back through HSV
}

TEST(AugmentSource, OutsideTheRectangleTheFrameStays) {
  const Frame frame = draw(LandmarkFace{});
  const Frame out = augment_source(frame, kRect, CropTransform(), draw_blend(4));
  for (int y = 0; y < frame.height_px(); ++y) {
    for (int x = 0; x < frame.width_px(); ++x) {
      if (!inside(x, y)) {
        const std::size_t i = 3 * (static_cast<std::size_t>(y) * 240 + static_cast<std::size_t>(x));
        ASSERT_TRUE(std::equal(frame.data() + i, frame.data() + i + 3, out.data() + i));
      }
    }
  }
}

TEST(AugmentSource, DownscalingSmoothsAndSharpeningRoughensAtEqualBrightness) {
  const Frame frame = draw(LandmarkFace{});
  const Statistics before = statistics(frame, 1);
  BlendDraw coarse = quiet();
  coarse.downscale = 4;
  const Statistics smoothed = statistics(augment_source(frame, kRect, CropTransform(), coarse), 1);
  BlendDraw sharp = quiet();
  sharp.sharpness = 0.3;
  const Statistics sharpened = statistics(augment_source(frame, kRect, CropTransform(), sharp), 1);
  EXPECT_LT(smoothed.roughness, before.roughness * 0.5);
  EXPECT_GT(sharpened.roughness, before.roughness * 1.5);
  EXPECT_NEAR(smoothed.mean, before.mean, 1);
  EXPECT_NEAR(sharpened.mean, before.mean, 2);
}

TEST(AugmentSource, ShiftsColoursByWhatWasDrawn) {
  const Frame frame = draw(LandmarkFace{});
  BlendDraw draw = quiet();
  draw.color.rgb = {0.04, 0, -0.04};
  const Frame out = augment_source(frame, kRect, CropTransform(), draw);
  EXPECT_NEAR(statistics(out, 0).mean - statistics(frame, 0).mean, 10.2, 1);
  EXPECT_NEAR(statistics(out, 1).mean - statistics(frame, 1).mean, 0, 0.5);
  EXPECT_NEAR(statistics(out, 2).mean - statistics(frame, 2).mean, -10.2, 1);
  draw = quiet();
  draw.color.brightness = 0.05;
  draw.color.contrast = 0.9;
  EXPECT_NEAR(statistics(augment_source(frame, kRect, CropTransform(), draw), 1).mean,
              0.9 * statistics(frame, 1).mean + 12.75, 1);
}

TEST(AugmentSource, MovesByWholePixelsExactly) {
  const Frame frame = draw(LandmarkFace{});
  const CropTransform from_the_right({1, 0, 3, 0, 1, -2});
  const Frame out = augment_source(frame, kRect, from_the_right, quiet());
  for (int y = kRect.top; y < kRect.bottom; ++y) {
    for (int x = kRect.left; x < kRect.right; ++x) {
      const int here = out.data()[3 * (y * 240 + x)];
      const int there = frame.data()[3 * ((y - 2) * 240 + x + 3)];
      ASSERT_NEAR(here, there, 1) << x << "," << y;
    }
  }
}

TEST(AugmentSource, ReadsNothingBeyondTheFrame) {
  const Frame frame = draw(LandmarkFace{});
  const CropTransform far_left({1, 0, -500, 0, 1, 0});
  const Frame out = augment_source(frame, {0, 0, 20, 20}, far_left, quiet());
  EXPECT_EQ(out.size_bytes(), frame.size_bytes());
}

}  // namespace
}  // namespace changeling

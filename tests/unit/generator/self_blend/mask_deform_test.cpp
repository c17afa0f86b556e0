#include "generator/methods/self_blend/mask_deform.h"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "common/face/average_face.h"
#include "tests/support/landmark_face.h"

namespace changeling {
namespace {

Frame mask_of(const BlendDraw& draw, const LandmarkFace& face = {}) {
  const Landmarks landmarks = landmarks_of(face);
  return MaskMaker(draw).mask(landmarks, blend_crop(landmarks));
}

int value_at(const Frame& mask, PointF point) {
  return mask.data()[static_cast<int>(point.y) * mask.width_px() + static_cast<int>(point.x)];
}

std::int64_t covered(const Frame& mask) {
  return std::count_if(mask.data(), mask.data() + mask.size_bytes(),
                       [](std::uint8_t value) { return value > 0; });
}

TEST(BlendDraw, KeepsItsRangesAndUsesThem) {
  bool coarser = false;
  bool sharper = false;
  for (std::uint64_t key = 0; key < 300; ++key) {
    const BlendDraw draw = draw_blend(key);
    EXPECT_TRUE(draw.downscale == 0 || draw.downscale == 2 || draw.downscale == 4);
    EXPECT_EQ(draw.downscale == 0, draw.sharpness > 0);
    EXPECT_LE(std::abs(draw.shift_x), 0.03);
    EXPECT_LE(std::abs(draw.shift_y), 0.015);
    EXPECT_GE(draw.scale, 0.95);
    EXPECT_LE(draw.scale, 1 / 0.95);
    EXPECT_EQ(draw.first_kernel_px % 2, 1);
    EXPECT_GE(draw.ratio, 0.25);
    coarser = coarser || draw.downscale == 4;
    sharper = sharper || draw.sharpness > 0.4;
  }
  EXPECT_TRUE(coarser && sharper);
}

TEST(BlendMask, IsFullInTheMiddleAndEndsInsideTheCrop) {
  for (std::uint64_t key = 0; key < 40; ++key) {
    BlendDraw draw = draw_blend(key);
    draw.ratio = 1;
    const Frame mask = mask_of(draw);
    EXPECT_GT(value_at(mask, {128, 140}), 180) << key;
    for (int i = 0; i < kBlendCropPx; ++i) {
      const auto at = static_cast<float>(i);
      EXPECT_EQ(value_at(mask, {at, 0}) + value_at(mask, {at, 255}), 0) << key;
      EXPECT_EQ(value_at(mask, {0, at}) + value_at(mask, {255, at}), 0) << key;
    }
  }
}

TEST(BlendMask, ItsPeakIsTheRatio) {
  BlendDraw draw = draw_blend(3);
  draw.ratio = 0.5;
  const Frame mask = mask_of(draw);
  EXPECT_EQ(*std::max_element(mask.data(), mask.data() + mask.size_bytes()), 128);
}

TEST(BlendMask, FeaturesLieInsideTheJawAndThatInsideTheFace) {
  BlendDraw draw = draw_blend(5);
  draw.hull = HullKind::kFeatures;
  const std::int64_t features = covered(mask_of(draw));
  draw.hull = HullKind::kJaw;
  const std::int64_t jaw = covered(mask_of(draw));
  draw.hull = HullKind::kFace;
  const std::int64_t face = covered(mask_of(draw));
  EXPECT_LT(features * 5, jaw * 4);
  EXPECT_LT(jaw * 10, face * 9);
}

TEST(BlendMask, HasNoHardEdge) {
  const Frame mask = mask_of(draw_blend(11));
  int steepest = 0;
  for (std::size_t i = 1; i < mask.size_bytes(); ++i) {
    steepest = std::max(steepest, std::abs(int{mask.data()[i]} - int{mask.data()[i - 1]}));
  }
  EXPECT_LT(steepest, 90);
}

TEST(BlendMask, DoesNotDependOnWhereAndHowLargeTheFaceIs) {
  const BlendDraw draw = draw_blend(8);
  LandmarkFace moved;
  moved.center = {150, 100};
  moved.roll_deg = 20;
  moved.face_width_px = 70;
  const Frame here = mask_of(draw);
  const Frame there = mask_of(draw, moved);
  int worst = 0;
  for (std::size_t i = 0; i < here.size_bytes(); ++i) {
    worst = std::max(worst, std::abs(int{here.data()[i]} - int{there.data()[i]}));
  }
  EXPECT_LE(worst, 12);  // landmarks are drawn with rounding of a fraction of a pixel
}

}  // namespace
}  // namespace changeling

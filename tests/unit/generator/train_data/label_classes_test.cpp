#include "generator/train_data/label_classes.h"

#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/packs/frame_pack.h"

namespace changeling {
namespace {

constexpr int kPx = 64;

/// An upright face in the crop: jaw x .25..0.75, chin at y .85, brows at y .40.
Landmarks plain_face() {
  Landmarks points(68, PointF{0.5F, 0.6F});
  for (int i = 0; i < 17; ++i) {
    const float t = static_cast<float>(i) / 16;  // left ear, chin, right ear
    points[static_cast<std::size_t>(i)] = {0.25F + 0.5F * t,
                                           0.5F + 0.35F * (1 - std::abs(2 * t - 1))};
  }
  for (int i = 0; i < 10; ++i) {
    points[static_cast<std::size_t>(17 + i)] = {0.3F + 0.4F * static_cast<float>(i) / 9, 0.4F};
  }
  return points;
}

const std::vector<FacePart> kParts = {FacePart::kBackground, FacePart::kHair, FacePart::kSkin,
                                      FacePart::kFeature};

/// The classes of a picture of one label everywhere.
at::Tensor classes_of(std::uint8_t label) {
  const Frame labels(kPx, kPx, PixelFormat::kGray8, std::vector<std::uint8_t>(kPx * kPx, label));
  return label_classes(labels, kParts, {0, 0, kPx}, plain_face(), kPx);
}

int at_point(const at::Tensor& classes, double x, double y) {
  return classes[static_cast<int>(y * kPx)][static_cast<int>(x * kPx)].item<int>();
}

TEST(LabelClasses, SkinIsFaceBetweenJawAndForeheadOnly) {
  const at::Tensor classes = classes_of(2);
  EXPECT_EQ(at_point(classes, 0.5, 0.6), kMaskFace);
  EXPECT_EQ(at_point(classes, 0.5, 0.2), kMaskFace);         // forehead
  EXPECT_EQ(at_point(classes, 0.5, 0.95), kMaskBackground);  // neck
  EXPECT_EQ(at_point(classes, 0.15, 0.5), kMaskBackground);  // ear
}

TEST(LabelClasses, FeaturesAreFaceAndUnknownIndicesBackground) {
  EXPECT_EQ(at_point(classes_of(3), 0.5, 0.6), kMaskFace);
  EXPECT_EQ(at_point(classes_of(0), 0.5, 0.6), kMaskBackground);
  EXPECT_EQ(at_point(classes_of(9), 0.5, 0.6), kMaskBackground);
}

TEST(LabelClasses, HairIsHairButForTheBrows) {
  const at::Tensor classes = classes_of(1);
  EXPECT_EQ(at_point(classes, 0.5, 0.1), kMaskHair);
  EXPECT_EQ(at_point(classes, 0.5, 0.6), kMaskHair);  // a beard
  EXPECT_EQ(at_point(classes, 0.4, 0.4), kMaskFace);
  EXPECT_EQ(at_point(classes, 0.65, 0.4), kMaskFace);
}

TEST(LabelClasses, TakesTheNearestLabelAndNothingOutside) {
  std::vector<std::uint8_t> bytes(32 * 32, 2);
  bytes[10 * 32 + 20] = 1;
  const Frame labels(32, 32, PixelFormat::kGray8, bytes);
  // Twice as large, moved so that the picture begins at crop pixel (16, 16).
  const at::Tensor classes = label_classes(labels, kParts, {-8, -8, 32}, plain_face(), kPx);
  EXPECT_EQ(classes[16 + 20][16 + 40].item<int>(), kMaskHair);
  EXPECT_EQ(classes[16 + 21][16 + 41].item<int>(), kMaskHair);
  EXPECT_EQ(classes[15][32].item<int>(), kMaskBackground);
  EXPECT_EQ(classes[16][32].item<int>(), kMaskFace);
}

TEST(LabelClasses, WantsAGreyPicture) {
  const Frame rgb(2, 2, PixelFormat::kRgb24, std::vector<std::uint8_t>(12));
  EXPECT_THROW((void)label_classes(rgb, kParts, {0, 0, 2}, plain_face(), kPx), Error);
}

}  // namespace
}  // namespace changeling

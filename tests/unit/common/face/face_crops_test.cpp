#include "common/face/face_crops.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/face/face_models.h"
#include "common/face/five_points.h"

namespace changeling {
namespace {

/// A grid of 68 points over the box.
Landmarks spread(const BBox& box) {
  Landmarks points;
  for (int i = 0; i < 68; ++i) {
    points.push_back({box.x + box.width * static_cast<float>(i % 8) / 7,
                      box.y + box.height * static_cast<float>(i / 8) / 8});
  }
  return points;
}

TEST(FaceCrops, TheDetectionSquareIsAsHighAsTheBoxAndATenthLower) {
  const CropTransform square = detection_square({100, 200, 60, 80}, 64);
  // Side 80 around (130, 248).
  EXPECT_NEAR(square.to_frame({0, 0}).x, 90, 1e-3);
  EXPECT_NEAR(square.to_frame({0, 0}).y, 208, 1e-3);
  EXPECT_NEAR(square.to_frame({64, 64}).x, 170, 1e-3);
  EXPECT_NEAR(square.to_frame({64, 64}).y, 288, 1e-3);
}

TEST(FaceCrops, TheLandmarkSquareScalesTheLongerSide) {
  const CropTransform square = landmark_square(spread({10, 20, 40, 100}), 1.5F, 224);
  // Side 150 around (30, 70).
  EXPECT_NEAR(square.to_frame({0, 0}).x, -45, 1e-3);
  EXPECT_NEAR(square.to_frame({0, 0}).y, -5, 1e-3);
  EXPECT_NEAR(square.to_frame({224, 224}).y, 145, 1e-3);
}

TEST(FaceCrops, FivePointsAreEyeCentresNoseAndMouthCorners) {
  Landmarks landmarks(68);
  for (std::size_t i = 36; i < 42; ++i) {
    landmarks[i] = {static_cast<float>(i), 10};
  }
  for (std::size_t i = 42; i < 48; ++i) {
    landmarks[i] = {static_cast<float>(i), 12};
  }
  landmarks[30] = {1, 2};
  landmarks[48] = {3, 4};
  landmarks[54] = {5, 6};
  const std::vector<PointF> five = five_points(landmarks);
  ASSERT_EQ(five.size(), 5U);
  EXPECT_FLOAT_EQ(five[0].x, 38.5F);
  EXPECT_FLOAT_EQ(five[1].x, 44.5F);
  EXPECT_FLOAT_EQ(five[1].y, 12);
  EXPECT_FLOAT_EQ(five[2].y, 2);
  EXPECT_FLOAT_EQ(five[3].x, 3);
  EXPECT_FLOAT_EQ(five[4].y, 6);
}

TEST(FaceCrops, AlignmentUndoesScaleAndShift) {
  // The template's own points, doubled and moved.
  const std::vector<PointF> aligned = {{38.2946F, 51.6963F},
                                       {73.5318F, 51.5014F},
                                       {56.0252F, 71.7366F},
                                       {41.5493F, 92.3655F},
                                       {70.7299F, 92.2041F}};
  Landmarks landmarks(68);
  const auto place = [&](std::size_t first, std::size_t last, std::size_t point) {
    for (std::size_t i = first; i < last; ++i) {
      landmarks[i] = {2 * aligned[point].x + 100, 2 * aligned[point].y + 50};
    }
  };
  place(36, 42, 0);
  place(42, 48, 1);
  place(30, 31, 2);
  place(48, 49, 3);
  place(54, 55, 4);
  const CropTransform alignment = identity_alignment_112(landmarks);
  for (std::size_t i = 0; i < 5; ++i) {
    const PointF point = alignment.to_crop(five_points(landmarks)[i]);
    EXPECT_NEAR(point.x, aligned[i].x, 1e-2);
    EXPECT_NEAR(point.y, aligned[i].y, 1e-2);
  }
}

TEST(FaceCrops, RefuseEmptyBoxesAndCoincidingPoints) {
  EXPECT_THROW((void)detection_square({1, 2, 0, 5}, 64), Error);
  EXPECT_THROW((void)landmark_square(Landmarks(68), 1.2F, 64), Error);
  EXPECT_THROW((void)five_points(Landmarks(5)), Error);
}

}  // namespace
}  // namespace changeling

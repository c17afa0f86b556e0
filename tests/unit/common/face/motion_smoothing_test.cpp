#include "common/face/motion_smoothing.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/golden_values.h"

namespace changeling {
namespace {

using Values = std::vector<double>;

TEST(MotionSmoothingGolden, BoxFilterBouncesAsOftenAsNeeded) {
  // 1 2 3 padded by five: 2 1 2 3 2 | 1 2 3 | 2 1 2 3 2; an 11-wide mean sums windows of it.
  const Values padded = {2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2};
  const Values filtered = box_filter({1, 2, 3}, 11);
  for (std::size_t t = 0; t < 3; ++t) {
    double sum = 0;
    for (std::size_t k = 0; k < 11; ++k) {
      sum += padded[t + k];
    }
    expect_golden("reflection" + std::to_string(t), filtered[t], sum / 11, 1e-12);
  }
  expect_golden("reflection_of_one", box_filter({4}, 7).front(), 4, 1e-12);
}

TEST(MotionSmoothingGolden, LandmarksFollowAStep) {
  std::vector<Landmarks> frames;
  for (int t = 0; t < 30; ++t) {
    frames.emplace_back(68, PointF{t < 15 ? 0.3F : 0.32F, 0.5F});
  }
  const std::vector<Landmarks> smoothed = smooth_landmarks(frames);
  const std::array<double, 8> expected = {.3,      .302857, .303429, .305143,
                                          .314857, .316571, .318286, .32};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (const std::size_t point : {0, 30, 67}) {
      expect_golden("landmark_frame" + std::to_string(11 + i), smoothed[11 + i][point].x,
                    expected[i], 1e-6);
      EXPECT_EQ(smoothed[11 + i][point].y, 0.5F);
    }
  }
}

TEST(MotionSmoothingGolden, BoxesFollowAStep) {
  std::vector<BBox> frames(40, BBox{100, 50, 100, 130});
  frames.insert(frames.end(), 40, BBox{110, 50, 100, 140});
  const std::vector<BBox> smoothed = smooth_boxes(frames);
  const auto check = [&](std::size_t frame, const std::array<double, 4>& edges) {
    const BBox& box = smoothed[frame];
    const std::string name = "box_frame" + std::to_string(frame) + "_";
    expect_golden(name + "left", box.x, edges[0], 1e-4);
    expect_golden(name + "top", box.y, edges[1], 1e-4);
    expect_golden(name + "right", box.right(), edges[2], 1e-4);
    expect_golden(name + "bottom", box.bottom(), edges[3], 1e-4);
  };
  check(39, {104.1697, 49.6339, 204.1697, 184.5358});
  check(40, {105.8307, 50.3663, 205.8307, 185.4644});
  check(52, {110, 51.2745, 210, 188.7255});
}

TEST(SmoothLandmarks, LeavesAMovingGroupAndSteadiesARestingOne) {
  // The jaw runs, the rest trembles by less than the limit.
  std::vector<Landmarks> frames;
  for (int t = 0; t < 20; ++t) {
    Landmarks frame(68, PointF{0.5F + 0.001F * static_cast<float>(t % 2), 0.5F});
    for (std::size_t i = 0; i <= 16; ++i) {
      frame[i].x = 0.02F * static_cast<float>(t);
    }
    frames.push_back(frame);
  }
  const std::vector<Landmarks> smoothed = smooth_landmarks(frames);
  EXPECT_EQ(smoothed[10][5].x, frames[10][5].x);
  EXPECT_NEAR(smoothed[10][30].x, 0.5005, 1.5e-4);
}

TEST(SmoothLandmarks, RefusesFramesOfDifferentCounts) {
  EXPECT_THROW(static_cast<void>(smooth_landmarks({Landmarks(68), Landmarks(98)})), Error);
  EXPECT_THROW(static_cast<void>(smooth_landmarks({Landmarks(5)})), Error);
  EXPECT_TRUE(smooth_landmarks({}).empty());
}

TEST(SmoothPoses, IsABoxOfFive) {
  std::vector<EulerPose> poses(9);
  poses[4] = {10, 20, -5};
  const std::vector<EulerPose> smoothed = smooth_poses(poses);
  EXPECT_FLOAT_EQ(smoothed[6].yaw_deg, 2);
  EXPECT_FLOAT_EQ(smoothed[2].pitch_deg, 4);
  EXPECT_FLOAT_EQ(smoothed[4].roll_deg, -1);
  EXPECT_FLOAT_EQ(smoothed[1].yaw_deg, 0);
}

TEST(SmoothBoxes, KeepsAStillBoxAndAStill) {
  for (const std::size_t count : {1, 2, 70}) {
    for (const BBox& box : smooth_boxes(std::vector<BBox>(count, BBox{10, 20, 30, 40}))) {
      EXPECT_FLOAT_EQ(box.x, 10);
      EXPECT_FLOAT_EQ(box.y, 20);
      EXPECT_FLOAT_EQ(box.width, 30);
      EXPECT_FLOAT_EQ(box.height, 40);
    }
  }
  EXPECT_THROW(static_cast<void>(smooth_boxes({BBox{1, 2, 0, 4}})), Error);
}

TEST(BoxFilter, RefusesAnEvenWidth) {
  EXPECT_THROW(static_cast<void>(box_filter({1, 2}, 4)), Error);
  EXPECT_THROW(static_cast<void>(box_filter({1, 2}, -1)), Error);
}

}  // namespace
}  // namespace changeling

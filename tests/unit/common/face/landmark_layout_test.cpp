#include "common/face/landmark_layout.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

Landmarks random_landmarks(std::size_t count) {
  CounterRng rng(count);
  Landmarks landmarks;
  for (std::size_t i = 0; i < count; ++i) {
    // Sixty-fourths, so that 1 - x is exact.
    landmarks.push_back({static_cast<float>(rng.below(65)) / 64, static_cast<float>(i)});
  }
  return landmarks;
}

void expect_equal(const Landmarks& a, const Landmarks& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].x, b[i].x) << i;
    EXPECT_EQ(a[i].y, b[i].y) << i;
  }
}

class Layout : public testing::TestWithParam<std::size_t> {};

TEST_P(Layout, FlipIsAnInvolutionWithTenFixedPoints) {
  const LandmarkLayout& layout = landmark_layout(GetParam());
  ASSERT_EQ(layout.flip.size(), GetParam());
  int fixed = 0;
  for (std::size_t i = 0; i < layout.count; ++i) {
    EXPECT_EQ(layout.flip[layout.flip[i]], i);
    fixed += layout.flip[i] == i ? 1 : 0;
  }
  EXPECT_EQ(fixed, 10);
}

TEST_P(Layout, FlippingLandmarksTwiceGivesThemBack) {
  const Landmarks landmarks = random_landmarks(GetParam());
  expect_equal(flip_landmarks(flip_landmarks(landmarks, 1), 1), landmarks);
}

TEST_P(Layout, GroupsHoldEveryPointOnce) {
  const LandmarkLayout& layout = landmark_layout(GetParam());
  std::vector<std::size_t> all;
  for (const auto& group : layout.groups) {
    all.insert(all.end(), group.begin(), group.end());
  }
  EXPECT_EQ(all.size(), layout.count);
  EXPECT_EQ(std::set<std::size_t>(all.begin(), all.end()).size(), layout.count);
}

TEST_P(Layout, FlippingMapsTheSetOfGroupsOntoItselfAndTheMouthOntoItself) {
  const LandmarkLayout& layout = landmark_layout(GetParam());
  const auto mirrored = [&](const std::vector<std::size_t>& points) {
    std::set<std::size_t> result;
    for (const std::size_t point : points) {
      result.insert(layout.flip[point]);
    }
    return result;
  };
  // The lips' halves are split at one corner of the mouth, so they are compared together.
  std::set<std::set<std::size_t>> groups;
  std::set<std::set<std::size_t>> mirrored_groups;
  for (std::size_t i = 0; i < layout.groups.size(); ++i) {
    std::vector<std::size_t> group = layout.groups[i];
    if (i == 2) {
      group.insert(group.end(), layout.groups[3].begin(), layout.groups[3].end());
    }
    if (i != 3) {
      groups.insert({group.begin(), group.end()});
      mirrored_groups.insert(mirrored(group));
    }
  }
  EXPECT_EQ(groups, mirrored_groups);
  const std::set<std::size_t> mouth(layout.inner_mouth.begin(), layout.inner_mouth.end());
  EXPECT_EQ(mouth.size(), 8U);
  EXPECT_EQ(mirrored(layout.inner_mouth), mouth);
}

INSTANTIATE_TEST_SUITE_P(Counts, Layout, testing::Values(68, 98));

TEST(LandmarkLayout, KnowsNoOtherCount) {
  EXPECT_THROW(static_cast<void>(landmark_layout(5)), Error);
  EXPECT_THROW(static_cast<void>(flip_landmarks(random_landmarks(70), 1)), Error);
}

TEST(Landmarks98To68, CommutesWithTheFlip) {
  const Landmarks landmarks = random_landmarks(98);
  const Landmarks subset = landmarks_98_to_68(landmarks);
  ASSERT_EQ(subset.size(), 68U);
  expect_equal(landmarks_98_to_68(flip_landmarks(landmarks, 1)), flip_landmarks(subset, 1));
}

TEST(Landmarks98To68, KeepsTheParts) {
  // y is the point's number among the 98.
  const Landmarks subset = landmarks_98_to_68(random_landmarks(98));
  const auto number = [&](std::size_t i) { return static_cast<int>(subset[i].y); };
  EXPECT_EQ(number(8), 16);   // chin
  EXPECT_EQ(number(30), 54);  // tip of the nose
  EXPECT_EQ(number(36), 60);  // outer corner of an eye
  EXPECT_EQ(number(45), 72);  // of the other
  EXPECT_EQ(number(60), 88);  // inner mouth
  EXPECT_THROW(static_cast<void>(landmarks_98_to_68(subset)), Error);
}

TEST(FlipPose, NegatesYawAndRoll) {
  const EulerPose flipped = flip_pose({10, -5, 3});
  EXPECT_EQ(flipped.yaw_deg, -10);
  EXPECT_EQ(flipped.pitch_deg, -5);
  EXPECT_EQ(flipped.roll_deg, -3);
  EXPECT_EQ(flip_pose(flipped).yaw_deg, 10);
}

TEST(LandmarkErrorPercent, IsRelativeToTheEyesOfTheWantedFace) {
  Landmarks wanted(68, {10, 10});
  wanted[36] = {0, 0};
  wanted[45] = {30, 40};  // 50 px apart
  Landmarks found = wanted;
  for (PointF& point : found) {
    point.x += 3;
    point.y += 4;
  }
  EXPECT_DOUBLE_EQ(landmark_error_percent(found, wanted), 10);
  EXPECT_DOUBLE_EQ(landmark_error_percent(wanted, wanted), 0);
  wanted[45] = wanted[36];
  EXPECT_FALSE(std::isfinite(landmark_error_percent(found, wanted)));
  EXPECT_THROW((void)landmark_error_percent(Landmarks(98), wanted), Error);
}

}  // namespace
}  // namespace changeling

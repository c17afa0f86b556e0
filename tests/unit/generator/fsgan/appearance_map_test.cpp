#include "generator/methods/fsgan/appearance_map.h"

#include <cmath>
#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "tests/support/golden_values.h"

namespace changeling {
namespace {

std::vector<SourcePose> poses_of(const std::vector<PointF>& plane) {
  std::vector<SourcePose> poses;
  for (const PointF& p : plane) {
    poses.push_back({{p.x, p.y, 0}, 1});
  }
  return poses;
}

std::vector<EulerPose> yaws(const std::vector<float>& values) {
  std::vector<EulerPose> poses;
  for (const float yaw : values) {
    poses.push_back({yaw, 0, 0});
  }
  return poses;
}

AppearanceMap golden_map() {
  return {poses_of({{0, 0}, {20, 4}, {-18, 2}, {3, 15}, {-2, -14}}), {}};
}

/// Weight by view.
std::map<std::size_t, double> weights_at(const AppearanceMap& map, float yaw, float pitch) {
  std::map<std::size_t, double> weights;
  for (const WeightedView& view : map.choose({yaw, pitch, 0}).views) {
    weights[view.view] = view.weight;
  }
  return weights;
}

std::vector<SourcePose> random_poses(std::uint64_t seed, std::size_t count) {
  CounterRng rng(seed);
  std::vector<SourcePose> poses;
  for (std::size_t i = 0; i < count; ++i) {
    poses.push_back(
        {{static_cast<float>(rng.uniform() * 100 - 50), static_cast<float>(rng.uniform() * 60 - 30),
          static_cast<float>(rng.uniform() * 40 - 20)},
         1});
  }
  return poses;
}

TEST(AppearanceMapGolden, ThinningKeepsTheCrowdedPoses) {
  const auto check = [](const std::vector<float>& values,
                        const std::vector<std::size_t>& expected) {
    const std::vector<std::size_t> kept = thin_poses(yaws(values), 2);
    ASSERT_EQ(kept.size(), expected.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      expect_golden("kept_pose", static_cast<double>(kept[i]), static_cast<double>(expected[i]), 0);
    }
  };
  check({0, 1, 2, 3, 4, 10}, {2, 5});
  check({0, 2, 4, 6}, {1, 3});
}

TEST(AppearanceMapGolden, WeightsOfTheSpecification) {
  const AppearanceMap map = golden_map();
  expect_golden("triangles", static_cast<double>(map.triangle_count()), 12, 0);
  const auto check = [&](float yaw, float pitch, const std::map<std::size_t, double>& expected) {
    const std::map<std::size_t, double> weights = weights_at(map, yaw, pitch);
    ASSERT_EQ(weights.size(), expected.size()) << yaw << " " << pitch;
    for (const auto& [view, weight] : expected) {
      ASSERT_EQ(weights.count(view), 1U) << yaw << " " << pitch;
      expect_golden("weight_of_P" + std::to_string(view), weights.at(view), weight, 1e-6);
    }
  };
  check(5, 5, {{0, .513889}, {1, .208333}, {3, .277778}});
  check(-6, 3, {{0, .489130}, {2, .358696}, {3, .152174}});
  check(12, 12, {{1, 3.0 / 7}, {3, 4.0 / 7}});
  check(40, 0, {{1, 1}});
  check(10, 40, {{3, 1}});
  check(-60, -60, {{2, .375}, {4, .625}});
  check(0, 0, {{0, 1}});
  check(120, 0, {{1, 1}});
  const ViewChoice far = map.choose({120, 0, 0});
  expect_golden("pose_clamped", far.pose_clamped ? 1 : 0, 1, 0);
  expect_golden("not_clamped", map.choose({40, 0, 0}).pose_clamped ? 1 : 0, 0, 0);
  EXPECT_DOUBLE_EQ(far.clamped_deg, 45);
  EXPECT_NEAR(far.nearest_deg, std::hypot(100, 4), 1e-9);
}

class AppearanceOfRandomPoses : public testing::TestWithParam<int> {};

TEST_P(AppearanceOfRandomPoses, WeightsArePositiveAndSumToOne) {
  const auto seed = static_cast<std::uint64_t>(GetParam());
  for (const int max_views : {1, 2, 3}) {
    AppearanceOptions options;
    options.max_views = max_views;
    const AppearanceMap map(random_poses(seed, 80), options);
    CounterRng rng(seed + 100);
    for (int i = 0; i < 200; ++i) {
      const ViewChoice choice = map.choose({static_cast<float>(rng.uniform() * 300 - 150),
                                            static_cast<float>(rng.uniform() * 300 - 150), 0});
      ASSERT_GE(choice.views.size(), 1U);
      ASSERT_LE(choice.views.size(), static_cast<std::size_t>(max_views));
      double sum = 0;
      double before = 1;
      for (const WeightedView& view : choice.views) {
        ASSERT_GT(view.weight, 0);
        ASSERT_LE(view.weight, before) << "heaviest first";
        ASSERT_LT(view.view, map.views().size());
        before = view.weight;
        sum += view.weight;
      }
      ASSERT_NEAR(sum, 1, 1e-12);
    }
  }
}

TEST_P(AppearanceOfRandomPoses, WeightsAreContinuous) {
  const AppearanceMap map(random_poses(static_cast<std::uint64_t>(GetParam()), 40), {});
  // Along a line through many triangles: a hundredth of a degree moves no weight by more than the
  // sharpest triangle can (poses are at least 2 degrees apart).
  std::map<std::size_t, double> before = weights_at(map, -45, -20);
  for (int i = 1; i <= 9000; ++i) {
    const float along = static_cast<float>(i) * 0.01F;
    std::map<std::size_t, double> now = weights_at(map, -45 + along, -20 + 0.4F * along);
    double change = 0;
    for (const auto& [view, weight] : now) {
      change += std::abs(weight - before[view]);
    }
    for (const auto& [view, weight] : before) {
      change += now.count(view) == 0 ? weight : 0;
    }
    ASSERT_LT(change, 0.06) << "at " << along;
    before = std::move(now);
  }
}

TEST_P(AppearanceOfRandomPoses, ATargetOnAViewIsPaintedFromIt) {
  const AppearanceMap map(random_poses(static_cast<std::uint64_t>(GetParam()), 60), {});
  for (std::size_t i = 0; i < map.views().size(); ++i) {
    const ViewChoice choice = map.choose(map.views()[i].pose_deg);
    ASSERT_EQ(choice.views.size(), 1U);
    EXPECT_EQ(choice.views[0].view, i);
    EXPECT_EQ(choice.views[0].turn_ccw_deg, 0);
    EXPECT_EQ(choice.nearest_deg, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AppearanceOfRandomPoses, testing::Range(1, 5));

TEST(AppearanceMap, OneFrameIsTheViewOfEveryTarget) {
  for (const PointF& pose : {PointF{0, 0}, PointF{-35, 12}, PointF{100, -80}}) {
    const AppearanceMap map(poses_of({pose}), {});
    for (const float yaw : {-200.0F, -75.0F, 0.0F, 3.5F, 75.0F}) {
      for (const float pitch : {-75.0F, 0.0F, 75.0F, 105.0F}) {
        const ViewChoice choice = map.choose({yaw, pitch, 10});
        ASSERT_EQ(choice.views.size(), 1U);
        EXPECT_EQ(choice.views[0].view, 0U);
        EXPECT_DOUBLE_EQ(choice.views[0].weight, 1);
        EXPECT_DOUBLE_EQ(choice.views[0].turn_ccw_deg, -10);
      }
    }
  }
}

TEST(AppearanceMap, AtACornerTheNearestViewOfTheTriangleIsTaken) {
  const ViewChoice choice = golden_map().choose({75, 75, 0});
  EXPECT_TRUE(choice.nearest_view);
  ASSERT_EQ(choice.views.size(), 1U);
  EXPECT_EQ(choice.views[0].view, 1U);
  EXPECT_FALSE(golden_map().choose({74, 74, 0}).nearest_view);
}

TEST(AppearanceMap, CornersMoveOutForWidePoses) {
  const AppearanceMap map(poses_of({{0, 0}, {88, 0}}), {});
  EXPECT_FALSE(map.choose({92.9F, 0, 0}).pose_clamped);
  EXPECT_TRUE(map.choose({93.1F, 0, 0}).pose_clamped);
}

TEST(AppearanceMap, TurnsViewsToTheTargetsRoll) {
  std::vector<SourcePose> poses = poses_of({{0, 0}});
  poses[0].pose_deg.roll_deg = 12;
  EXPECT_DOUBLE_EQ(AppearanceMap(poses, {}).choose({0, 0, 5}).views[0].turn_ccw_deg, 7);
}

TEST(AppearanceMap, KeepsTheHeaviestViewsUnderALimit) {
  AppearanceOptions options;
  options.max_views = 2;
  const AppearanceMap map(poses_of({{0, 0}, {20, 4}, {-18, 2}, {3, 15}, {-2, -14}}), options);
  const std::map<std::size_t, double> weights = weights_at(map, 5, 5);
  ASSERT_EQ(weights.size(), 2U);
  EXPECT_NEAR(weights.at(0), .513889 / (.513889 + .277778), 1e-5);
  EXPECT_NEAR(weights.at(3), .277778 / (.513889 + .277778), 1e-5);
}

TEST(AppearanceMap, FillsTheMissingSideWithMirroredViews) {
  std::vector<SourcePose> poses = poses_of({{-8, 0}, {0, 5}, {7, 0}, {30, -4}, {55, 6}});
  poses[4].pose_deg.roll_deg = 9;
  AppearanceOptions options;
  EXPECT_EQ(AppearanceMap(poses, options).views().size(), 5U);
  options.flip_fill = true;
  const AppearanceMap map(poses, options);
  ASSERT_EQ(map.views().size(), 7U) << "7 has a counterpart at -8";
  const MapView& last = map.views()[6];
  EXPECT_TRUE(last.mirrored);
  EXPECT_EQ(last.source_index, 4U);
  EXPECT_EQ(last.pose_deg.yaw_deg, -55);
  EXPECT_EQ(last.pose_deg.pitch_deg, 6);
  EXPECT_EQ(last.pose_deg.roll_deg, -9);
  const ViewChoice choice = map.choose({-55, 6, 0});
  ASSERT_EQ(choice.views.size(), 1U);
  EXPECT_EQ(choice.views[0].view, 6U);
  EXPECT_DOUBLE_EQ(choice.views[0].turn_ccw_deg, -9);
}

TEST(AppearanceMap, MirrorsNothingWhenBothSidesAreSeen) {
  AppearanceOptions options;
  options.flip_fill = true;
  EXPECT_EQ(AppearanceMap(poses_of({{-40, 0}, {0, 0}, {40.5F, 1}}), options).views().size(), 3U)
      << "the mirrored 40.5 lies too near to -40";
  EXPECT_EQ(AppearanceMap(poses_of({{0, 0}}), options).views().size(), 1U);
}

TEST(AppearanceMap, LeavesOutBlurredFramesOfLikePose) {
  std::vector<SourcePose> poses = poses_of({{-3, 0}, {0, 0}, {3, 0}, {60, 0}});
  for (std::size_t i = 0; i < 3; ++i) {
    poses[i].sharpness = 100;
  }
  poses[1].sharpness = 40;
  poses[3].sharpness = 10;  // a profile is alone: nothing to compare with
  AppearanceOptions options;
  EXPECT_EQ(AppearanceMap(poses, options).views().size(), 4U);
  options.reject_blur = true;
  const AppearanceMap map(poses, options);
  ASSERT_EQ(map.views().size(), 3U);
  EXPECT_EQ(map.views()[0].source_index, 0U);
  EXPECT_EQ(map.views()[1].source_index, 2U);
  EXPECT_EQ(map.views()[2].source_index, 3U);
}

TEST(AppearanceMap, ABlurredStretchDoesNotSetTheStandard) {
  // A clip that starts with two blurred frames of three at one pose, as after a bad first picture.
  std::vector<SourcePose> poses = poses_of(std::vector<PointF>(12, PointF{0, 0}));
  for (std::size_t i = 0; i < 12; ++i) {
    poses[i].sharpness = i < 8 ? 50.0F : 100.0F;
  }
  AppearanceOptions options;
  EXPECT_EQ(AppearanceMap(poses, options).views()[0].source_index, 0U);
  options.reject_blur = true;
  const AppearanceMap map(poses, options);
  ASSERT_EQ(map.views().size(), 1U);
  EXPECT_EQ(map.views()[0].source_index, 8U);
}

TEST(AppearanceMap, BlurCountsAmongPosesWithinFiveDegrees) {
  std::vector<SourcePose> poses = poses_of({{0, 0}, {4.9F, 0}, {20, 0}, {25.1F, 0}});
  poses[0].sharpness = poses[2].sharpness = 69;
  poses[1].sharpness = poses[3].sharpness = 100;
  AppearanceOptions options;
  options.reject_blur = true;
  const AppearanceMap map(poses, options);
  ASSERT_EQ(map.views().size(), 3U) << "the first is near a sharp one, the third is not";
  EXPECT_EQ(map.views()[0].source_index, 1U);
  EXPECT_EQ(map.views()[1].source_index, 2U);
}

TEST(AppearanceMap, ThousandsOfEqualPosesAreOneView) {
  const AppearanceMap map(poses_of(std::vector<PointF>(3000, PointF{4, -2})), {});
  ASSERT_EQ(map.views().size(), 1U);
  EXPECT_EQ(map.views()[0].source_index, 0U);
}

TEST(AppearanceMap, PosesOnAGridAndOnALineWork) {
  std::vector<PointF> grid;
  for (int yaw = -40; yaw <= 40; yaw += 10) {
    for (int pitch = -20; pitch <= 20; pitch += 10) {
      grid.push_back({static_cast<float>(yaw), static_cast<float>(pitch)});
    }
  }
  const AppearanceMap map(poses_of(grid), {});
  const std::size_t points = grid.size() + 4;
  EXPECT_EQ(map.triangle_count(), 2 * points - 4 - 2) << "Euler's formula for a hull of four";
  const ViewChoice on_edge = map.choose({5, 0, 0});
  ASSERT_EQ(on_edge.views.size(), 2U);
  EXPECT_NEAR(on_edge.views[0].weight, 0.5, 1e-9);
}

TEST(AppearanceMap, RefusesNothingAndNonsense) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(AppearanceMap({}, {}), Error);
  EXPECT_THROW(AppearanceMap(poses_of({{nan, 0}}), {}), Error);
  EXPECT_THROW(static_cast<void>(golden_map().choose({0, nan, 0})), Error);
  AppearanceOptions options;
  options.max_views = 4;
  EXPECT_THROW(AppearanceMap(poses_of({{0, 0}}), options), Error);
  options = {};
  options.min_radius_deg = 0.1;
  EXPECT_THROW(AppearanceMap(poses_of({{0, 0}}), options), Error);
}

}  // namespace
}  // namespace changeling

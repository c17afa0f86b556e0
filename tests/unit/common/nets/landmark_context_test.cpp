#include "common/nets/landmark_context.h"

#include <cmath>
#include <limits>
#include <string>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/golden_values.h"

namespace changeling {
namespace {

at::Tensor points(const std::vector<float>& xy) {
  return at::tensor(xy).view({1, static_cast<std::int64_t>(xy.size() / 2), 2});
}

TEST(LandmarkMapsGolden, FallWithTheDistanceAsGiven) {
  // A landmark on the centre of pixel (100, 60) of 256.
  const at::Tensor map = landmark_maps(points({100.5F / 256, 60.5F / 256}), 256)[0][0];
  const std::vector<std::pair<std::int64_t, double>> golden = {
      {0, 1},       {1, .890577}, {2, .783255}, {3, .677999},
      {5, .473551}, {8, .181537}, {9, .087978}, {10, 0}};
  for (const auto& [pixels, value] : golden) {
    const std::string name = "map_at_" + std::to_string(pixels) + "_px";
    expect_golden(name, map[60][100 + pixels].item<double>(), value, 1e-5);
    EXPECT_NEAR(map[60 - pixels][100].item<double>(), value, 1e-5) << pixels;
  }
}

struct MapTotals {
  float x;
  float y;
  int resolution_px;
  double nonzero;
  double sum;
  double max;
};

TEST(LandmarkMapsGolden, HaveTheGivenTotals) {
  const std::vector<MapTotals> golden = {{0.5F, 0.5F, 256, 316, 98.8289, .922409},
                                         {0, 0, 256, 79, 24.7072, .922409},
                                         {1.02F, 0.5F, 256, 58, 9.8765, .409584},
                                         {0.5F, 0.5F, 128, 80, 24.7232, .845870}};
  for (const MapTotals& row : golden) {
    const at::Tensor map = landmark_maps(points({row.x, row.y}), row.resolution_px);
    expect_golden("map_nonzero", (map != 0).sum().item<double>(), row.nonzero, 0);
    expect_golden("map_sum", map.sum().item<double>(), row.sum, 1e-3);
    expect_golden("map_max", map.max().item<double>(), row.max, 1e-5);
  }
}

TEST(LandmarkMaps, EndAtTheStatedRadius) {
  const auto value = [](double distance) {
    return (std::pow(1 - distance / std::sqrt(2.0), 8) - 0.8) / 0.2;
  };
  EXPECT_LT(value(kLandmarkMapRadius), 0);
  EXPECT_GT(value(kLandmarkMapRadius - 1e-5), 0);
}

TEST(LandmarkMaps, AreEmptyFarOutsideAndForInvalidLandmarks) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const at::Tensor maps =
      landmark_maps(points({-3, 0.5F, nan, 0.5F, 0.5F, infinity, 1e30F, 0.5F}), 32);
  EXPECT_EQ(maps.sizes(), (at::IntArrayRef{1, 4, 32, 32}));
  EXPECT_TRUE(at::equal(maps, at::zeros_like(maps)));
}

TEST(LandmarkMaps, DependOnTheirOwnLandmarkOnly) {
  const at::Tensor all = at::rand({3, 5, 2});
  const at::Tensor maps = landmark_maps(all, 64);
  EXPECT_TRUE(at::equal(maps[1][2], landmark_maps(all[1][2].view({1, 1, 2}), 64)[0][0]));
}

TEST(LandmarkMaps, AreTheSameWhereEveryPixelIsComputed) {
  const at::Tensor all = at::rand({3, 68, 2}) * 1.2 - 0.1;
  for (const int resolution_px : {32, 128}) {
    EXPECT_LT((landmark_maps(all, resolution_px) - whole_landmark_maps(all, resolution_px))
                  .abs()
                  .max()
                  .item<double>(),
              5e-6);
  }
  const at::Tensor invalid = points({std::numeric_limits<float>::quiet_NaN(), 0.5F, -3, 0.5F});
  EXPECT_EQ(whole_landmark_maps(invalid, 32).count_nonzero().item<std::int64_t>(), 0);
}

TEST(LandmarkMaps, RefuseOtherShapes) {
  EXPECT_THROW((void)landmark_maps(at::rand({5, 2}), 64), Error);
  EXPECT_THROW((void)landmark_maps(at::rand({1, 5, 3}), 64), Error);
  EXPECT_THROW((void)landmark_maps(at::rand({1, 5, 2}).to(at::kDouble), 64), Error);
}

TEST(LandmarksFromMapsGolden, GiveTheExpectedPositionOfWhatExceedsHalf) {
  at::Tensor maps = at::zeros({1, 1, 64, 64});
  maps[0][0][10][20] = 1.0F;
  maps[0][0][10][21] = 0.6F;
  maps[0][0][10][22] = 0.4F;
  const at::Tensor xy = landmarks_from_maps(maps);
  ASSERT_EQ(xy.sizes(), (at::IntArrayRef{1, 1, 2}));
  expect_golden("expected_x", xy[0][0][0].item<double>(), 0.326172, 1e-6);
  expect_golden("expected_y", xy[0][0][1].item<double>(), 0.164063, 1e-6);
}

TEST(LandmarksFromMaps, InvertTheMaps) {
  const at::Tensor landmarks = 0.1 + 0.8 * at::rand({2, 6, 2});
  const at::Tensor found = landmarks_from_maps(landmark_maps(landmarks, 128));
  EXPECT_LT((found - landmarks).abs().max().item<double>(), 0.5 / 128);
}

TEST(LandmarksFromMaps, AFlatMapIsAnInvalidLandmark) {
  at::Tensor maps = at::full({1, 2, 8, 8}, 0.3F);
  maps[0][1][2][2] = 1.0F;
  const at::Tensor xy = landmarks_from_maps(maps);
  EXPECT_TRUE(xy[0][0].isnan().all().item<bool>());
  EXPECT_TRUE(xy[0][1].isfinite().all().item<bool>());
}

TEST(LandmarksFromMaps, DoNotDependOnTheBatch) {
  const at::Tensor maps = at::rand({4, 7, 64, 64});
  const at::Tensor together = landmarks_from_maps(maps);
  EXPECT_TRUE(
      at::equal(together[2][3], landmarks_from_maps(maps[2][3].view({1, 1, 64, 64}))[0][0]));
}

TEST(LandmarkMapsV1, AreGaussianPatchesOfQuarterWindowDeviation) {
  const std::vector<std::pair<int, double>> sizes = {{256, 3.25}, {128, 1.75}, {64, 1.75}};
  for (const auto& [side, deviation] : sizes) {
    const at::Tensor map = landmark_maps_v1(points({0.5F, 0.5F}), side)[0][0];
    const std::int64_t centre = side / 2 - 1;
    const auto half = static_cast<std::int64_t>(side == 256 ? 6 : 3);
    EXPECT_EQ(map[centre][centre].item<double>(), 1);
    EXPECT_NEAR(map[centre][centre + 2].item<double>(), std::exp(-2 / (deviation * deviation)),
                1e-6);
    EXPECT_GT(map[centre + half][centre].item<double>(), 0);
    EXPECT_EQ(map[centre + half + 1][centre].item<double>(), 0);
    EXPECT_EQ((map != 0).sum().item<std::int64_t>(), (2 * half + 1) * (2 * half + 1));
  }
}

TEST(LandmarkMapsV1, AreEmptyLeftOfTheCropAndCutAtTheOtherBorders) {
  const at::Tensor maps = landmark_maps_v1(points({0, 0.5F, -0.1F, 0.5F, 0.5F, -0.01F}), 128)[0];
  EXPECT_EQ(maps[0].max().item<double>(), 0);
  EXPECT_EQ(maps[1].max().item<double>(), 0);
  EXPECT_GT(maps[2].max().item<double>(), 0);
}

}  // namespace
}  // namespace changeling

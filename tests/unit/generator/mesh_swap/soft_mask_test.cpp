#include "generator/methods/mesh_swap/soft_mask.h"

#include <numeric>

#include <gtest/gtest.h>

namespace changeling {
namespace {

const std::vector<PointF> kSquare = {{10, 8}, {30, 8}, {30, 28}, {10, 28}};

TEST(PolygonMask, CoversThePolygonsArea) {
  const FloatImage mask = polygon_mask(kSquare, 40, 40);
  EXPECT_EQ(mask.at(20, 18), 1);
  EXPECT_EQ(mask.at(5, 18), 0);
  // The drawn edge belongs to the area: up to half a pixel more on each side.
  const double area = std::accumulate(mask.values.begin(), mask.values.end(), 0.0);
  EXPECT_GT(area, 395);
  EXPECT_LT(area, 21.5 * 21.5);
}

TEST(PolygonMask, SurvivesPointsFarOutside) {
  const FloatImage mask =
      polygon_mask({{-1e30F, -1e30F}, {1e30F, -5}, {1e30F, 1e30F}, {-5, 1e30F}}, 8, 8);
  EXPECT_EQ(mask.at(4, 4), 1);
}

TEST(DistanceInside, GrowsFromTheEdgeInward) {
  const FloatImage depth = distance_inside(kSquare, 40, 40);
  EXPECT_EQ(depth.at(5, 5), 0);
  EXPECT_NEAR(depth.at(12, 18), 3, 1);
  EXPECT_NEAR(depth.at(20, 18), 10.5, 1);
}

TEST(DistanceInside, ThePicturesBorderIsNoEdge) {
  const FloatImage depth = distance_inside({{-50, 5}, {20, 5}, {20, 35}, {-50, 35}}, 40, 40);
  EXPECT_NEAR(depth.at(0, 20), 15, 1.5);  // nearest edges above and below, not the left border
}

TEST(DistanceInside, APolygonThatFillsThePictureHasNoEdge) {
  const FloatImage depth = distance_inside({{-50, -50}, {90, -50}, {90, 90}, {-50, 90}}, 40, 40);
  EXPECT_GE(depth.at(0, 0), 40);
}

TEST(HangingFromTop, KeepsFringesAndDropsIslands) {
  // Face upright, top at y = 10, eyes at y = 70. A fringe from the top down to y = 40 at the left,
  // an island (a brow) from y = 40 to y = 50 at the right.
  FloatImage mask(120, 100, 1);
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 120; ++x) {
      const bool fringe = x < 50 && y < 40;
      const bool brow = x > 70 && y >= 40 && y < 50;
      mask.at(x, y) = fringe || brow ? 1.0F : 0.0F;
    }
  }
  const FloatImage hanging = hanging_from_top(mask, {60, 70}, {60, 10});
  EXPECT_NEAR(hanging.at(30, 30), 1, 0.02);
  EXPECT_NEAR(hanging.at(30, 50), 0, 0.02);
  EXPECT_NEAR(hanging.at(90, 45), 0, 0.02);
  EXPECT_NEAR(hanging.at(30, 80), 0, 0.02);  // below the base
}

TEST(HangingFromTop, FollowsATiltedHead) {
  // The head lies on its side: up is to the right.
  FloatImage mask(100, 100, 1);
  for (int y = 0; y < 100; ++y) {
    for (int x = 55; x < 100; ++x) {
      mask.at(x, y) = 1;
    }
  }
  const FloatImage hanging = hanging_from_top(mask, {20, 50}, {80, 50});
  EXPECT_NEAR(hanging.at(65, 50), 1, 0.02);
  EXPECT_NEAR(hanging.at(40, 50), 0, 0.02);
}

TEST(Blur, KeepsAConstant) {
  FloatImage image(20, 10, 1, 3.0F);
  blur(image, 2);
  EXPECT_NEAR(image.at(0, 0), 3, 1e-5);
  EXPECT_NEAR(image.at(10, 5), 3, 1e-5);
}

}  // namespace
}  // namespace changeling

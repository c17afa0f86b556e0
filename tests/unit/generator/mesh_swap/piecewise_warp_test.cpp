#include "generator/methods/mesh_swap/piecewise_warp.h"

#include <cmath>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "common/base/error.h"
#include "generator/methods/mesh_swap/face_layout.h"
#include "tests/support/landmark_face.h"

namespace changeling {
namespace {

FloatImage smooth_picture(int width, int height) {
  FloatImage picture(width, height, 1);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      picture.at(x, y) =
          static_cast<float>(100 + 60 * std::sin(0.11 * x) + 50 * std::cos(0.13 * y));
    }
  }
  return picture;
}

TEST(PiecewiseWarp, EqualsWarpAffineInsideOneTriangle) {
  const FloatImage picture = smooth_picture(80, 70);
  const MeshPair mesh = {{{10, 12}, {55, 20}, {22, 50}}, {{8, 60}, {12, 9}, {66, 30}}};
  const cv::Point2f target[] = {{9.5F, 11.5F}, {54.5F, 19.5F}, {21.5F, 49.5F}};
  const cv::Point2f source[] = {{7.5F, 59.5F}, {11.5F, 8.5F}, {65.5F, 29.5F}};
  cv::Mat expected;
  cv::warpAffine(as_mat(picture), expected, cv::getAffineTransform(target, source), {64, 60},
                 cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);

  const WarpMap map = piecewise_affine_map(mesh, {{0, 1, 2}}, 64, 60);
  const FloatImage warped = warp(picture, map.source_xy);

  int inside = 0;
  for (int y = 0; y < 60; ++y) {
    for (int x = 0; x < 64; ++x) {
      if (map.covered.at(x, y) == 1) {
        ++inside;
        // Both round the sampling position to 1/32 px, differently.
        EXPECT_NEAR(warped.at(x, y), expected.at<float>(y, x), 0.6) << x << ' ' << y;
      }
    }
  }
  EXPECT_NEAR(inside, signed_area2({10, 12}, {55, 20}, {22, 50}) / 2, 60);
}

TEST(PiecewiseWarp, IdentityMeshKeepsThePicture) {
  const FloatImage picture = smooth_picture(60, 50);
  const std::vector<PointF> corners = {{0, 0}, {60, 0}, {60, 50}, {0, 50}};
  WarpMap map = piecewise_affine_map({corners, corners}, delaunay(corners), 60, 50);
  const FloatImage warped = warp(picture, map.source_xy);
  EXPECT_EQ(cv::countNonZero(as_mat(map.covered)), 60 * 50);
  EXPECT_LT(cv::norm(as_mat(warped), as_mat(picture), cv::NORM_INF), 1e-3);
}

TEST(PiecewiseWarp, NeighbouringTrianglesLeaveNoGap) {
  // A fan with an inner point at an odd place; every pixel of the square must be drawn.
  const std::vector<PointF> target = {{0, 0}, {41, 0}, {41, 37}, {0, 37}, {13.37F, 21.91F}};
  const WarpMap map = piecewise_affine_map({target, target}, delaunay(target), 41, 37);
  EXPECT_EQ(cv::countNonZero(as_mat(map.covered)), 41 * 37);
}

TEST(PiecewiseWarp, FlippedTrianglesAreLeftOutAndFilled) {
  std::vector<PointF> target = {{0, 0}, {40, 0}, {40, 40}, {0, 40}, {20, 20}};
  const std::vector<Triangle> triangles = delaunay(target);
  const std::vector<PointF> source = target;
  target[4] = {50, 20};  // beyond the right edge: the triangle there turns over
  const WarpMap map = piecewise_affine_map({target, source}, triangles, 48, 40);
  const FloatImage& xy = map.source_xy;
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 48; ++x) {
      ASSERT_TRUE(std::isfinite(xy.at(x, y, 0)) && std::isfinite(xy.at(x, y, 1)));
      ASSERT_GE(xy.at(x, y, 0), -1);
      ASSERT_LE(xy.at(x, y, 0), 41);
    }
  }
}

TEST(PiecewiseWarp, ExtrapolationContinuesTheMap) {
  // One triangle in the middle of a region, moved by (30, 5): around it the map keeps that offset
  // roughly, instead of falling to zero.
  const MeshPair mesh = {{{20, 20}, {44, 20}, {30, 44}}, {{50, 25}, {74, 25}, {60, 49}}};
  const WarpMap map = piecewise_affine_map(mesh, {{0, 1, 2}}, 64, 64);
  EXPECT_EQ(map.covered.at(2, 2), 0);
  EXPECT_NEAR(map.source_xy.at(17, 22, 0) - 17.5, 30, 10);
  EXPECT_GT(map.source_xy.at(2, 2, 0), 40);
}

TEST(PiecewiseWarp, HiddenSideLosesConfidence) {
  // The source hardly shows the side that the target turns to the camera.
  LandmarkFace turned;
  turned.yaw_deg = 55;
  LandmarkFace frontal;
  const std::vector<PointF> target = extend_landmarks(landmarks_of(frontal));
  const std::vector<PointF> source = extend_landmarks(landmarks_of(turned));
  const WarpMap map = piecewise_affine_map({target, source}, face_topology(), 240, 220);
  const auto at = [&](std::size_t a, std::size_t b) {
    return map.confidence.at(static_cast<int>((target[a].x + target[b].x) / 2),
                             static_cast<int>((target[a].y + target[b].y) / 2));
  };
  EXPECT_LT(at(14, 35), 0.5F);
  EXPECT_GT(at(1, 31), 0.9F);
}

TEST(PiecewiseWarp, RefusesMeshesThatCannotBeDrawn) {
  const std::vector<PointF> point = {{1, 1}, {1, 1}, {1, 1}};
  EXPECT_THROW(static_cast<void>(piecewise_affine_map({point, point}, {{0, 1, 2}}, 4, 4)), Error);
  EXPECT_THROW(static_cast<void>(piecewise_affine_map({point, {}}, {{0, 1, 2}}, 4, 4)), Error);
}

TEST(SmoothMap, KeepsAnAffineMapAwayFromTheBorder) {
  const std::vector<PointF> target = {{0, 0}, {64, 0}, {64, 64}, {0, 64}};
  std::vector<PointF> source;
  for (const PointF& p : target) {
    source.push_back({0.7F * p.x + 0.2F * p.y + 3, -0.1F * p.x + 0.9F * p.y + 8});
  }
  WarpMap map = piecewise_affine_map({target, source}, delaunay(target), 64, 64);
  smooth_map(map, 2);
  EXPECT_NEAR(map.source_xy.at(30, 20, 0), 0.7F * 30.5F + 0.2F * 20.5F + 3, 1e-3);
  EXPECT_NEAR(map.source_xy.at(30, 20, 1), -0.1F * 30.5F + 0.9F * 20.5F + 8, 1e-3);
}

}  // namespace
}  // namespace changeling

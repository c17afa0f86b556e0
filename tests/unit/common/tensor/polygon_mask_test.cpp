#include "common/tensor/polygon_mask.h"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

cv::Point2f center_of(int x, int y) {
  return {static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F};
}

TEST(FillPolygon, HoldsThePixelsWhoseCentreIsInside) {
  const at::Tensor mask = fill_polygon({{1, 1}, {4, 1}, {4, 3}, {1, 3}}, 6, 5);
  at::Tensor expected = at::zeros({5, 6});
  expected.slice(0, 1, 3).slice(1, 1, 4).fill_(1);
  EXPECT_TRUE(at::equal(mask, expected));
}

TEST(FillPolygon, AgreesWithPointPolygonTest) {
  CounterRng rng(11);
  for (int round = 0; round < 10; ++round) {
    std::vector<PointF> polygon;  // a star, partly outside the picture
    std::vector<cv::Point2f> points;
    for (int i = 0; i < 9; ++i) {
      const double radius = 8 + 25 * rng.uniform();
      polygon.push_back({static_cast<float>(20 + radius * std::cos(0.69 * i)),
                         static_cast<float>(18 + radius * std::sin(0.69 * i))});
      points.emplace_back(polygon.back().x, polygon.back().y);
    }
    const at::Tensor mask = fill_polygon(polygon, 44, 36);
    for (int y = 0; y < 36; ++y) {
      for (int x = 0; x < 44; ++x) {
        const double side = cv::pointPolygonTest(points, center_of(x, y), true);
        if (std::abs(side) > 1e-3) {
          ASSERT_EQ(mask[y][x].item<float>(), side > 0 ? 1 : 0) << x << " " << y;
        }
      }
    }
  }
}

TEST(FillPolygon, NeighboursShareNoPixelAndLeaveNone) {
  // Two halves of a square, cut through pixel centres.
  const at::Tensor left = fill_polygon({{0, 0}, {5.5F, 0}, {5.5F, 10}, {0, 10}}, 10, 10);
  const at::Tensor right = fill_polygon({{5.5F, 0}, {10, 0}, {10, 10}, {5.5F, 10}}, 10, 10);
  EXPECT_TRUE(at::equal(left + right, at::ones({10, 10})));
}

TEST(FillPolygon, EmptyAndDegeneratePolygonsAreEmpty) {
  for (const std::vector<PointF>& polygon :
       {std::vector<PointF>{}, {{3, 3}}, {{1, 1}, {8, 8}}, {{1e9F, 0}, {1e9F, 5}, {2e9F, 9}}}) {
    EXPECT_EQ(fill_polygon(polygon, 10, 10).sum().item<float>(), 0);
  }
  EXPECT_EQ(fill_polygon({{-1e9F, -1e9F}, {1e9F, -1e9F}, {1e9F, 1e9F}, {-1e9F, 1e9F}}, 10, 10)
                .sum()
                .item<float>(),
            100);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(static_cast<void>(fill_polygon({{0, 0}, {1, nan}, {2, 2}}, 10, 10)), Error);
}

}  // namespace
}  // namespace changeling

#include "common/flow/dense_flow.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <opencv2/core/utility.hpp>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr int kWidth = 120;
constexpr int kHeight = 96;

/// A texture that moves by (dx, dy): what is at p is found at p + (dx, dy).
Frame moved(double dx, double dy, int height = kHeight) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const double u = x - dx;
      const double v = y - dy;
      const double value = 128 + 40 * std::sin(0.31 * u + 0.1 * v) + 40 * std::cos(0.23 * v) +
                           30 * std::sin(0.17 * (u - v));
      pixels.insert(pixels.end(), 3, static_cast<std::uint8_t>(std::lround(value)));
    }
  }
  return Frame(kWidth, height, PixelFormat::kRgb24, std::move(pixels));
}

/// The largest difference from (dx, dy) further than 20 px from the border.
double error_inside(const at::Tensor& flow, double dx, double dy) {
  const at::Tensor inside = flow.slice(0, 20, kHeight - 20).slice(1, 20, kWidth - 20);
  return std::max((inside.select(2, 0) - dx).abs().max().item<double>(),
                  (inside.select(2, 1) - dy).abs().max().item<double>());
}

TEST(DenseFlow, PointsFromAPixelToWhereItWent) {
  for (const auto& [dx, dy] : {std::pair(3.0, 0.0), std::pair(0.0, -2.0), std::pair(-1.5, 2.25)}) {
    EXPECT_LT(error_inside(dense_flow(moved(0, 0), moved(dx, dy)), dx, dy), 0.25)
        << dx << " " << dy;
  }
}

TEST(DenseFlow, OfEqualPicturesIsZeroButForTheBorder) {
  const at::Tensor flow = dense_flow(moved(0, 0), moved(0, 0));
  EXPECT_LT(error_inside(flow, 0, 0), 1e-3);
  EXPECT_LT(flow.abs().max().item<float>(), 0.25);  // the last row and column have no neighbours
}

TEST(DenseFlow, IsTheSameBitsAgain) {
  EXPECT_TRUE(
      at::equal(dense_flow(moved(0, 0), moved(2, 1)), dense_flow(moved(0, 0), moved(2, 1))));
}

TEST(DenseFlow, IsTheSameBitsOnAnyNumberOfThreads) {
  constexpr int kTall = 640;  // enough rows for OpenCV to share
  const int threads = cv::getNumThreads();
  cv::setNumThreads(1);
  const at::Tensor alone = dense_flow(moved(0, 0, kTall), moved(2, 1, kTall));
  cv::setNumThreads(3);
  const at::Tensor shared = dense_flow(moved(0, 0, kTall), moved(2, 1, kTall));
  cv::setNumThreads(threads);
  EXPECT_TRUE(at::equal(alone, shared));
}

TEST(DenseFlow, RefusesPicturesOfTwoSizesAndMasks) {
  EXPECT_THROW((void)dense_flow(moved(0, 0), moved(0, 0, kHeight - 8)), Error);
  const Frame mask(4, 4, PixelFormat::kGray8, std::vector<std::uint8_t>(16));
  EXPECT_THROW((void)dense_flow(mask, mask), Error);
}

}  // namespace
}  // namespace changeling

#include "generator/methods/mesh_swap/float_image.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "common/base/error.h"

namespace changeling {
namespace {

/// 64 x 64 colours that span the RGB cube.
Frame color_chart() {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 64 * 64; ++i) {
    pixels.push_back(static_cast<std::uint8_t>((i % 16) * 17));
    pixels.push_back(static_cast<std::uint8_t>((i / 16 % 16) * 17));
    pixels.push_back(static_cast<std::uint8_t>((i / 256) * 17));
  }
  return Frame(64, 64, PixelFormat::kRgb24, pixels);
}

TEST(ToLab, AgreesWithOpenCv) {
  const Frame chart = color_chart();
  cv::Mat rgb(64, 64, CV_8UC3, const_cast<std::uint8_t*>(chart.data()));
  cv::Mat scaled;
  rgb.convertTo(scaled, CV_32F, 1.0 / 255.0);
  cv::Mat expected;
  cv::cvtColor(scaled, expected, cv::COLOR_RGB2Lab);

  const FloatImage lab = to_lab(chart, {0, 0, 64, 64});

  // OpenCV interpolates a 33^3 table: its own error is a few tenths on saturated colours.
  EXPECT_LT(cv::norm(as_mat(lab), expected, cv::NORM_INF), 2.0);
  EXPECT_LT(cv::norm(as_mat(lab), expected, cv::NORM_L1) / (3 * 64 * 64), 0.2);
}

TEST(ToLab, WhiteAndBlackAreNeutral) {
  const Frame frame(2, 1, PixelFormat::kRgb24, {255, 255, 255, 0, 0, 0});
  const FloatImage lab = to_lab(frame, {0, 0, 2, 1});
  EXPECT_NEAR(lab.at(0, 0, 0), 100, 0.01);
  EXPECT_NEAR(lab.at(0, 0, 1), 0, 0.05);
  EXPECT_NEAR(lab.at(0, 0, 2), 0, 0.05);
  EXPECT_NEAR(lab.at(1, 0, 0), 0, 0.01);
}

TEST(WithLabRegion, GivesBackEveryColorExactly) {
  const Frame chart = color_chart();
  const Frame black(64, 64, PixelFormat::kRgb24, std::vector<std::uint8_t>(3 * 64 * 64, 0));
  const PixelRect all{0, 0, 64, 64};
  EXPECT_EQ(with_lab_region(black, all, to_lab(chart, all), FloatImage(64, 64, 1, 1)), chart);
}

TEST(WithLabRegion, ReplacesOnlyTheWeightedPartOfTheRectangleAndClamps) {
  const Frame frame(3, 2, PixelFormat::kRgb24, std::vector<std::uint8_t>(18, 40));
  FloatImage patch(2, 1, 3);
  patch.values = {500, 0, 0, 500, 0, 0};
  FloatImage weight(2, 1, 1);
  weight.values = {0.01F, 0};
  const Frame out = with_lab_region(frame, {1, 1, 2, 1}, patch, weight);
  for (std::size_t i = 0; i < 18; ++i) {
    EXPECT_EQ(out.data()[i], i / 3 == 4 ? 255 : 40) << i;
  }
}

TEST(WithLabRegion, TurnsNanIntoAColor) {
  const Frame frame(1, 1, PixelFormat::kRgb24, {9, 9, 9});
  FloatImage patch(1, 1, 3, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(with_lab_region(frame, {0, 0, 1, 1}, patch, FloatImage(1, 1, 1, 1)).data()[0], 0);
}

TEST(ToLab, RefusesARectangleOutsideTheFrame) {
  const Frame frame(2, 2, PixelFormat::kRgb24, std::vector<std::uint8_t>(12, 0));
  EXPECT_THROW(static_cast<void>(to_lab(frame, {1, 0, 2, 1})), Error);
  EXPECT_THROW(static_cast<void>(to_lab(frame, {0, 0, 0, 1})), Error);
}

TEST(SmoothStep, RunsFromZeroToOne) {
  EXPECT_EQ(smooth_step(2, 4, 1), 0);
  EXPECT_EQ(smooth_step(2, 4, 3), 0.5F);
  EXPECT_EQ(smooth_step(2, 4, 5), 1);
}

}  // namespace
}  // namespace changeling

// Metrics of the swapped area against OpenCV's operators.
#include <cmath>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {
namespace {

constexpr int kWidth = 64;
constexpr int kHeight = 56;

Frame control() {
  return textured_frame(kWidth, kHeight);
}

Frame fake() {
  return add_noise(box_blur(control(), 1), 12);
}

/// Float RGB in 0..1 that shares nothing with the frame.
cv::Mat to_mat(const Frame& frame) {
  const cv::Mat bytes(frame.height_px(), frame.width_px(), CV_8UC3,
                      const_cast<std::uint8_t*>(frame.data()));
  cv::Mat result;
  bytes.convertTo(result, CV_32FC3, 1.0 / 255);
  return result;
}

cv::Mat luma_of(const Frame& frame) {
  cv::Mat rgb;
  to_mat(frame).convertTo(rgb, CV_64FC3, 255);
  cv::Mat planes[3];
  cv::split(rgb, planes);
  return 0.299 * planes[0] + 0.587 * planes[1] + 0.114 * planes[2];
}

cv::Mat inside_mask() {
  cv::Mat mask(kHeight, kWidth, CV_8U, cv::Scalar(0));
  mask(cv::Rect(20, 18, 24, 22)).setTo(255);
  return mask;
}

double score(const Metric& metric) {
  return score_against_control(metric, fake(), control(), control(),
                               box_alpha(kWidth, kHeight, 20, 18, 44, 40))
      .value;
}

TEST(ColorGap, MatchesOpenCvLab) {
  const auto mean_lab = [](const Frame& frame) {
    cv::Mat lab;
    cv::cvtColor(to_mat(frame), lab, cv::COLOR_RGB2Lab);
    return cv::mean(lab, inside_mask());
  };
  const cv::Scalar gap = mean_lab(fake()) - mean_lab(control());
  // OpenCV interpolates its curves from tables.
  EXPECT_NEAR(score(*make_color_gap()), std::hypot(gap[0], gap[1], gap[2]), 5e-3);
}

TEST(SharpGap, MatchesOpenCvLaplacian) {
  const auto variance = [](const Frame& frame) {
    cv::Mat laplacian;
    cv::Laplacian(luma_of(frame), laplacian, CV_64F, 1);
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::meanStdDev(laplacian, mean, deviation, inside_mask());
    return deviation[0] * deviation[0];
  };
  EXPECT_NEAR(score(*make_sharp_gap()), std::log2(variance(fake()) / variance(control())), 1e-6);
}

TEST(SeamRatio, MatchesOpenCvFiltersAndMorphology) {
  const cv::Mat box = cv::Mat::ones(17, 17, CV_8U);
  cv::Mat wide;
  cv::Mat narrow;
  cv::dilate(inside_mask(), wide, box);
  cv::erode(inside_mask(), narrow, box);
  cv::Mat ring = wide - narrow;
  ring.row(0).setTo(0);  // without four neighbours
  ring.row(kHeight - 1).setTo(0);
  ring.col(0).setTo(0);
  ring.col(kWidth - 1).setTo(0);
  const auto mean_gradient = [&](const Frame& frame) {
    const cv::Mat difference = (cv::Mat_<double>(1, 3) << -0.5, 0, 0.5);
    cv::Mat dx;
    cv::Mat dy;
    cv::Mat magnitude;
    cv::filter2D(luma_of(frame), dx, CV_64F, difference);
    cv::filter2D(luma_of(frame), dy, CV_64F, difference.t());
    cv::magnitude(dx, dy, magnitude);
    return cv::mean(magnitude, ring)[0];
  };
  EXPECT_NEAR(score(*make_seam_ratio()), mean_gradient(fake()) / mean_gradient(control()), 1e-6);
}

}  // namespace
}  // namespace changeling

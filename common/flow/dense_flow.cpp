#include "common/flow/dense_flow.h"

#include <cstdint>

#include <ATen/ATen.h>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "common/base/error.h"

namespace changeling {
namespace {

cv::Mat to_gray(const Frame& frame) {
  // cv::Mat has no constant view; the pixels are only read.
  const cv::Mat rgb(frame.height_px(), frame.width_px(), CV_8UC3,
                    const_cast<std::uint8_t*>(frame.data()));
  cv::Mat gray;
  cv::cvtColor(rgb, gray, cv::COLOR_RGB2GRAY);
  return gray;
}

}  // namespace

at::Tensor dense_flow(const Frame& from, const Frame& to) {
  CHANGELING_REQUIRE(from.format() == PixelFormat::kRgb24 && to.format() == PixelFormat::kRgb24 &&
                         from.width_px() == to.width_px() && from.height_px() == to.height_px(),
                     "optical flow needs two RGB pictures of one size");
  at::Tensor flow = at::zeros({from.height_px(), from.width_px(), 2});
  cv::Mat view(from.height_px(), from.width_px(), CV_32FC2, flow.data_ptr<float>());
  constexpr double kPyramid = 0.5;
  constexpr int kLevels = 3;
  constexpr int kWindowPx = 15;
  constexpr int kIterations = 3;
  constexpr int kPolynomialPx = 5;
  constexpr double kPolynomialSigma = 1.2;
  cv::calcOpticalFlowFarneback(to_gray(from), to_gray(to), view, kPyramid, kLevels, kWindowPx,
                               kIterations, kPolynomialPx, kPolynomialSigma, 0);
  return flow;
}

}  // namespace changeling

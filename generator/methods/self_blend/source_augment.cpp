#include "generator/methods/self_blend/source_augment.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace changeling {
namespace {

constexpr int kGridPx = 4;    // blocks of the largest downscale keep their place while a face moves
constexpr int kMarginPx = 8;  // for the kernels of interpolation and sharpening

/// The rectangle that holds `rect` and all points that it is read from, on the grid, in the frame.
FrameRect read_rect(const FrameRect& rect, const CropTransform& to_source, const Frame& frame) {
  std::vector<PointF> corners;
  for (const int x : {rect.left, rect.right}) {
    for (const int y : {rect.top, rect.bottom}) {
      const PointF corner = {static_cast<float>(x), static_cast<float>(y)};
      corners.push_back(corner);
      corners.push_back(to_source.to_crop(corner));
    }
  }
  const BBox box = bounding_box(corners);
  const auto floor_px = [](float value, int limit) {
    const auto cell = static_cast<int>(std::floor((value - kMarginPx) / kGridPx));
    return std::clamp(cell * kGridPx, 0, limit);
  };
  const auto ceil_px = [](float value, int limit) {
    const auto cell = static_cast<int>(std::ceil((value + kMarginPx) / kGridPx));
    return std::clamp(cell * kGridPx, 0, limit);
  };
  return {floor_px(box.x, frame.width_px()), floor_px(box.y, frame.height_px()),
          ceil_px(box.right(), frame.width_px()), ceil_px(box.bottom(), frame.height_px())};
}

/// Coarser or sharper; 8-bit RGB in, float RGB of 0..1 out.
cv::Mat change_frequency(const cv::Mat& picture, const BlendDraw& draw) {
  cv::Mat result;
  picture.convertTo(result, CV_32F, 1.0 / 255);
  if (draw.downscale > 0) {
    cv::Mat small;
    const cv::Size size(std::max(1, picture.cols / draw.downscale),
                        std::max(1, picture.rows / draw.downscale));
    cv::resize(result, small, size, 0, 0, cv::INTER_AREA);
    cv::resize(small, result, result.size(), 0, 0, cv::INTER_LINEAR);
    return result;
  }
  // (1 - a) picture + a (9 picture - sum of the eight neighbours): brightness stays.
  cv::Mat mean;
  cv::blur(result, mean, cv::Size(3, 3), cv::Point(-1, -1), cv::BORDER_REPLICATE);
  cv::addWeighted(result, 1 + 9 * draw.sharpness, mean, -9 * draw.sharpness, 0, result);
  return result;
}

/// In place; float RGB, clamped to 0..1.
void change_color(cv::Mat& picture, const ColorShift& color) {
  picture += cv::Scalar(color.rgb[0], color.rgb[1], color.rgb[2]);
  cv::Mat zero_to_one = cv::min(cv::max(picture, 0), 1);
  cv::Mat hsv;
  cv::cvtColor(zero_to_one, hsv, cv::COLOR_RGB2HSV);
  for (int y = 0; y < hsv.rows; ++y) {
    for (int x = 0; x < hsv.cols; ++x) {
      auto& pixel = hsv.at<cv::Vec3f>(y, x);
      pixel[0] = std::fmod(pixel[0] + 360 + static_cast<float>(color.hue_deg), 360.0F);
      pixel[1] = std::clamp(pixel[1] + static_cast<float>(color.saturation), 0.0F, 1.0F);
    }
  }
  cv::cvtColor(hsv, picture, cv::COLOR_HSV2RGB);
  picture = picture * color.contrast + cv::Scalar::all(color.brightness);
}

}  // namespace

Frame augment_source(const Frame& frame, const FrameRect& rect, const CropTransform& to_source,
                     const BlendDraw& draw) {
  std::vector<std::uint8_t> pixels(frame.data(), frame.data() + frame.size_bytes());
  cv::Mat out(frame.height_px(), frame.width_px(), CV_8UC3, pixels.data());
  const FrameRect read = read_rect(rect, to_source, frame);
  const cv::Mat original =
      out(cv::Rect(read.left, read.top, read.right - read.left, read.bottom - read.top)).clone();
  cv::Mat source = change_frequency(original, draw);
  change_color(source, draw.color);
  // OpenCV counts from pixel centres, and both pictures begin at a corner of their own.
  const std::array<double, 6>& m = to_source.matrix();
  const double x0 = rect.left + 0.5;
  const double y0 = rect.top + 0.5;
  const cv::Matx23d map(m[0], m[1], m[0] * x0 + m[1] * y0 + m[2] - read.left - 0.5,  //
                        m[3], m[4], m[3] * x0 + m[4] * y0 + m[5] - read.top - 0.5);
  const cv::Size size(rect.right - rect.left, rect.bottom - rect.top);
  cv::Mat moved;
  cv::warpAffine(source, moved, map, size, cv::INTER_CUBIC | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REPLICATE);
  cv::Mat region = out(cv::Rect(rect.left, rect.top, size.width, size.height));
  moved.convertTo(region, CV_8U, 255);
  return Frame(frame.width_px(), frame.height_px(), PixelFormat::kRgb24, std::move(pixels));
}

}  // namespace changeling

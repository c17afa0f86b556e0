#include "generator/methods/mesh_swap/float_image.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <opencv2/core.hpp>

#include "common/base/error.h"

namespace changeling {
namespace {

// IEC 61966-2-1 (sRGB) and CIE 15 L*a*b*, white point D65.
constexpr float kWhiteX = 0.950456F;
constexpr float kWhiteZ = 1.088754F;
constexpr float kLabEpsilon = 0.008856F;
constexpr float kLabSlope = 7.787F;
constexpr float kLabOffset = 16.0F / 116.0F;
constexpr int kEncodeSteps = 4096;

std::array<float, 256> make_srgb_decode_table() {
  std::array<float, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double v = static_cast<double>(i) / 255.0;
    table[i] = static_cast<float>(v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4));
  }
  return table;
}

/// Encoded sRGB 0..255 at linear value (i / kEncodeSteps)^2: the square spreads the dark end, where
/// the curve is steep.
std::array<float, kEncodeSteps + 2> make_srgb_encode_table() {
  std::array<float, kEncodeSteps + 2> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double root = std::min(1.0, static_cast<double>(i) / kEncodeSteps);
    const double v = root * root;
    const double encoded = v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
    table[i] = static_cast<float>(255.0 * encoded);
  }
  return table;
}

float lab_forward(float t) {
  return t > kLabEpsilon ? std::cbrt(t) : kLabSlope * t + kLabOffset;
}

float lab_inverse(float f) {
  const float cube = f * f * f;
  return cube > kLabEpsilon ? cube : (f - kLabOffset) / kLabSlope;
}

std::uint8_t encode_channel(float linear) {
  static const auto kTable = make_srgb_encode_table();
  const float clamped = std::min(1.0F, std::max(0.0F, linear));  // also turns NaN into 0
  const float position = std::sqrt(clamped) * static_cast<float>(kEncodeSteps);
  const auto index = static_cast<std::size_t>(position);
  const float fraction = position - static_cast<float>(index);
  const float value = kTable[index] + fraction * (kTable[index + 1] - kTable[index]);
  return static_cast<std::uint8_t>(value + 0.5F);
}

void rgb_to_lab(const std::uint8_t* rgb, float* lab) {
  static const auto kDecode = make_srgb_decode_table();
  const float r = kDecode[rgb[0]];
  const float g = kDecode[rgb[1]];
  const float b = kDecode[rgb[2]];
  const float x = lab_forward((0.412453F * r + 0.357580F * g + 0.180423F * b) / kWhiteX);
  const float y = lab_forward(0.212671F * r + 0.715160F * g + 0.072169F * b);
  const float z = lab_forward((0.019334F * r + 0.119193F * g + 0.950227F * b) / kWhiteZ);
  lab[0] = 116.0F * y - 16.0F;
  lab[1] = 500.0F * (x - y);
  lab[2] = 200.0F * (y - z);
}

void lab_to_rgb(const float* lab, std::uint8_t* rgb) {
  const float fy = (lab[0] + 16.0F) / 116.0F;
  const float x = kWhiteX * lab_inverse(fy + lab[1] / 500.0F);
  const float y = lab_inverse(fy);
  const float z = kWhiteZ * lab_inverse(fy - lab[2] / 200.0F);
  rgb[0] = encode_channel(3.240479F * x - 1.537150F * y - 0.498535F * z);
  rgb[1] = encode_channel(-0.969256F * x + 1.875991F * y + 0.041556F * z);
  rgb[2] = encode_channel(0.055648F * x - 0.204043F * y + 1.057311F * z);
}

std::size_t frame_offset(const Frame& frame, int x, int y) {
  return (static_cast<std::size_t>(y) * static_cast<std::size_t>(frame.width_px()) +
          static_cast<std::size_t>(x)) *
         3;
}

void require_inside(const Frame& frame, const PixelRect& rect) {
  CHANGELING_REQUIRE(frame.format() == PixelFormat::kRgb24, "the frame must be RGB");
  CHANGELING_REQUIRE(rect.x >= 0 && rect.y >= 0 && rect.width > 0 && rect.height > 0 &&
                         rect.x + rect.width <= frame.width_px() &&
                         rect.y + rect.height <= frame.height_px(),
                     "the rectangle must lie inside the frame");
}

}  // namespace

FloatImage::FloatImage(int width, int height, int channel_count, float value)
    : width_px(width), height_px(height), channels(channel_count) {
  CHANGELING_REQUIRE(width > 0 && height > 0 && channel_count > 0, "an image must not be empty");
  values.assign(pixel_count() * static_cast<std::size_t>(channel_count), value);
}

cv::Mat as_mat(FloatImage& image) {
  return cv::Mat(image.height_px, image.width_px, CV_32FC(image.channels), image.values.data());
}

cv::Mat as_mat(const FloatImage& image) {
  return cv::Mat(image.height_px, image.width_px, CV_32FC(image.channels),
                 const_cast<float*>(image.values.data()));  // cv::Mat knows no const storage
}

FloatImage to_lab(const Frame& frame, const PixelRect& rect) {
  require_inside(frame, rect);
  FloatImage lab(rect.width, rect.height, 3);
  for (int y = 0; y < rect.height; ++y) {
    const std::uint8_t* in = frame.data() + frame_offset(frame, rect.x, rect.y + y);
    float* out = lab.values.data() + lab.offset(0, y);
    for (int x = 0; x < rect.width; ++x, in += 3, out += 3) {
      rgb_to_lab(in, out);
    }
  }
  return lab;
}

Frame with_lab_region(const Frame& frame, const PixelRect& rect, const FloatImage& lab,
                      const FloatImage& weight) {
  require_inside(frame, rect);
  CHANGELING_REQUIRE(lab.width_px == rect.width && lab.height_px == rect.height &&
                         lab.channels == 3 && weight.width_px == rect.width &&
                         weight.height_px == rect.height && weight.channels == 1,
                     "the region and its weight must have the rectangle's size");
  std::vector<std::uint8_t> pixels(frame.data(), frame.data() + frame.size_bytes());
  for (int y = 0; y < rect.height; ++y) {
    const float* in = lab.values.data() + lab.offset(0, y);
    std::uint8_t* out = pixels.data() + frame_offset(frame, rect.x, rect.y + y);
    for (int x = 0; x < rect.width; ++x, in += 3, out += 3) {
      if (weight.at(x, y) > 0) {
        lab_to_rgb(in, out);
      }
    }
  }
  return Frame(frame.width_px(), frame.height_px(), PixelFormat::kRgb24, std::move(pixels));
}

void add_scaled(FloatImage& image, const FloatImage& addend, float scale) {
  CHANGELING_REQUIRE(image.values.size() == addend.values.size(), "images must have one shape");
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    image.values[i] += scale * addend.values[i];
  }
}

}  // namespace changeling

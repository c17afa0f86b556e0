#include "common/tensor/image_ops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

/// OpenCV keeps interpolation weights of warps in 1/32 steps: this much of a full contrast step may
/// differ.
constexpr double kWarpTolerance = 256.0 / 32;

Frame noise_frame(int width, int height, PixelFormat format, std::uint64_t seed) {
  CounterRng rng(seed);
  const std::size_t channels = format == PixelFormat::kRgb24 ? 3 : 1;
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width * height) * channels);
  for (std::uint8_t& pixel : pixels) {
    pixel = static_cast<std::uint8_t>(rng.below(256));
  }
  return Frame(width, height, format, std::move(pixels));
}

cv::Mat to_float_mat(const Frame& frame) {
  const cv::Mat bytes(frame.height_px(), frame.width_px(), CV_8UC3,
                      const_cast<std::uint8_t*>(frame.data()));
  cv::Mat floats;
  bytes.convertTo(floats, CV_32FC3);
  return floats;
}

at::Tensor from_mat(const cv::Mat& mat) {
  at::Tensor tensor = at::empty({mat.rows, mat.cols, mat.channels()});
  std::memcpy(tensor.data_ptr<float>(), mat.ptr<float>(), tensor.nbytes());
  return tensor.permute({2, 0, 1});
}

double max_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(GaussianBlur, AgreesWithOpenCv) {
  const cv::Mat picture = to_float_mat(noise_frame(31, 24, PixelFormat::kRgb24, 5));
  for (const double sigma : {0.8, 1.6}) {
    const int side = 2 * static_cast<int>(std::ceil(3 * sigma)) + 1;
    cv::Mat expected;
    cv::GaussianBlur(picture, expected, {side, side}, sigma, sigma, cv::BORDER_REFLECT_101);
    const at::Tensor blurred = gaussian_blur(from_mat(picture).unsqueeze(0), sigma);
    EXPECT_LT(max_difference(blurred[0], from_mat(expected)), 1e-3) << "sigma " << sigma;
  }
}

TEST(GaussianBlur, RowsDoNotDependOnOthers) {
  at::manual_seed(6);
  const at::Tensor images = at::rand({3, 3, 20, 20});
  EXPECT_TRUE(
      at::equal(gaussian_blur(images, 1.6)[1], gaussian_blur(images.narrow(0, 1, 1), 1.6)[0]));
}

TEST(Crop, IdentityKeepsThePixels) {
  const Frame frame = noise_frame(9, 9, PixelFormat::kRgb24, 1);
  const at::Tensor pixels = crop(frame, CropTransform(), 9);
  EXPECT_TRUE(at::equal(pixels, from_mat(to_float_mat(frame))));
}

TEST(Crop, AgreesWithOpenCvWarp) {
  const Frame frame = noise_frame(64, 48, PixelFormat::kRgb24, 2);
  for (const float roll : {0.0F, 20.0F, -75.0F}) {
    const CropTransform transform = CropTransform::square({30, 20}, 40, 56, roll);
    const std::array<double, 6>& m = transform.inverse();
    // OpenCV counts pixel centres from 0: shift both sides by half a pixel.
    const cv::Matx23d map(m[0], m[1], m[2] + 0.5 * (m[0] + m[1]) - 0.5, m[3], m[4],
                          m[5] + 0.5 * (m[3] + m[4]) - 0.5);
    cv::Mat expected;
    cv::warpAffine(to_float_mat(frame), expected, map, {56, 56},
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    const at::Tensor difference = (crop(frame, transform, 56) - from_mat(expected)).abs();
    EXPECT_LE(difference.max().item<double>(), kWarpTolerance) << "roll " << roll;
    EXPECT_LE(difference.mean().item<double>(), 1.5) << "roll " << roll;
  }
}

/// What crop and resize_frame promise, pixel by pixel: between the columns first, then the rows.
float between_pixels(const Frame& frame, double x, double y, int channel) {
  const auto inside = [](double at, int size) { return at > 0 ? std::min(at, size - 1.0) : 0.0; };
  const double column = inside(x, frame.width_px());
  const double row = inside(y, frame.height_px());
  const auto left = static_cast<int>(column);
  const auto top = static_cast<int>(row);
  const auto across = static_cast<float>(column - left);
  const auto pixel = [&](int at_x, int at_y) {
    const int clamped_x = std::min(at_x, frame.width_px() - 1);
    const int clamped_y = std::min(at_y, frame.height_px() - 1);
    return static_cast<float>(
        frame.data()[(clamped_y * frame.width_px() + clamped_x) * frame.channels() + channel]);
  };
  const auto along = [&](int at_y) {
    return pixel(left, at_y) + (pixel(left + 1, at_y) - pixel(left, at_y)) * across;
  };
  return along(top) + (along(top + 1) - along(top)) * static_cast<float>(row - top);
}

TEST(Crop, UprightOrTurnedHasTheBitsOfItsPixels) {
  const Frame frame = noise_frame(61, 47, PixelFormat::kRgb24, 11);
  for (const float roll : {0.0F, 7.0F}) {
    for (const float side : {9.3F, 40.0F, 90.7F}) {  // magnified, shrunk, beyond the border
      const CropTransform square = CropTransform::square({29.3F, 22.9F}, side, 32, roll);
      const std::array<double, 6>& m = square.inverse();
      const at::Tensor cut = crop(frame, square, 32);
      for (int y = 0; y < 32; ++y) {
        for (int x = 0; x < 32; ++x) {
          const double at_x = m[0] * (x + 0.5) + (m[1] * (y + 0.5) + m[2] - 0.5);
          const double at_y = m[3] * (x + 0.5) + (m[4] * (y + 0.5) + m[5] - 0.5);
          ASSERT_EQ(cut[1][y][x].item<float>(), between_pixels(frame, at_x, at_y, 1))
              << roll << " " << side << " " << x << " " << y;
        }
      }
    }
  }
}

TEST(ResizeFrame, HasTheBitsOfItsPixels) {
  const Frame frame = noise_frame(61, 47, PixelFormat::kRgb24, 12);
  for (const auto& [width, height] : {std::pair(20, 90), std::pair(61, 47), std::pair(100, 11)}) {
    const at::Tensor resized = resize_frame(frame, width, height);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        ASSERT_EQ(resized[2][y][x].item<float>(),
                  between_pixels(frame, (x + 0.5) * (61.0 / width) - 0.5,
                                 (y + 0.5) * (47.0 / height) - 0.5, 2))
            << width << " " << x << " " << y;
      }
    }
  }
}

TEST(Crop, HalfPixelShiftAveragesNeighbours) {
  const Frame frame(2, 1, PixelFormat::kRgb24, {10, 20, 30, 20, 40, 60});
  const at::Tensor pixels = crop(frame, CropTransform({1, 0, -0.5, 0, 1, 0}), 1);
  EXPECT_EQ(pixels[0][0][0].item<float>(), 15);
  EXPECT_EQ(pixels[1][0][0].item<float>(), 30);
  EXPECT_EQ(pixels[2][0][0].item<float>(), 45);
}

TEST(Crop, RepeatsTheBorderOutside) {
  const Frame frame(1, 1, PixelFormat::kRgb24, {1, 2, 3});
  const at::Tensor pixels = crop(frame, CropTransform::square({1e6F, -1e6F}, 10, 4), 4);
  EXPECT_EQ(pixels.select(0, 2).min().item<float>(), 3);
  EXPECT_EQ(pixels.select(0, 0).max().item<float>(), 1);
}

TEST(Crop, SurvivesTransformsBeyondFloatRange) {
  const Frame frame = noise_frame(4, 4, PixelFormat::kRgb24, 3);
  const at::Tensor pixels = crop(frame, CropTransform({1e-5, 0, 1e300, 0, 1e-5, -1e300}), 3);
  EXPECT_TRUE(pixels.isfinite().all().item<bool>());
  EXPECT_LE(pixels.max().item<float>(), 255);
}

TEST(Crop, GreyFramesGiveEqualChannels) {
  const at::Tensor pixels =
      crop(noise_frame(8, 8, PixelFormat::kGray8, 4), CropTransform::square({4, 4}, 6, 5), 5);
  EXPECT_TRUE(at::equal(pixels[0], pixels[1]));
  EXPECT_TRUE(at::equal(pixels[0], pixels[2]));
}

TEST(ResizeFrame, AgreesWithOpenCv) {
  for (const auto& [width, height] : {std::pair{31, 17}, {5, 40}, {64, 48}, {200, 100}, {1, 1}}) {
    const Frame frame = noise_frame(64, 48, PixelFormat::kRgb24, 5);
    cv::Mat expected;
    cv::resize(to_float_mat(frame), expected, {width, height}, 0, 0, cv::INTER_LINEAR);
    EXPECT_LE(max_difference(resize_frame(frame, width, height), from_mat(expected)), 1e-3)
        << width << "x" << height;
  }
}

TEST(ToGray, WeighsTheChannels) {
  const at::Tensor rgb = at::tensor({100.0F, 10.0F, 1.0F}).view({1, 3, 1, 1});
  const at::Tensor gray = to_gray(rgb);
  EXPECT_EQ(gray.sizes(), (at::IntArrayRef{1, 1, 1, 1}));
  EXPECT_NEAR(gray.item<float>(), 29.9 + 5.87 + 0.114, 1e-4);
  EXPECT_THROW((void)to_gray(at::ones({2, 4, 4})), Error);
}

TEST(LaplacianVariance, AgreesWithOpenCvInside) {
  const at::Tensor rgb = resize_frame(noise_frame(40, 30, PixelFormat::kRgb24, 6), 40, 30);
  const at::Tensor gray = to_gray(rgb).contiguous();
  cv::Mat laplacian;
  cv::Laplacian(cv::Mat(30, 40, CV_32F, gray.data_ptr<float>()), laplacian, CV_32F, 1);
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(laplacian(cv::Rect(1, 1, 38, 28)), mean, deviation);
  const double expected = deviation[0] * deviation[0];
  EXPECT_NEAR(laplacian_variance(rgb), expected, 1e-4 * expected);
}

TEST(LaplacianVariance, IsZeroForFlatAndTinyPictures) {
  EXPECT_EQ(laplacian_variance(at::full({3, 8, 8}, 77.0F)), 0);
  EXPECT_EQ(laplacian_variance(at::rand({3, 2, 9})), 0);
}

}  // namespace
}  // namespace changeling

#include "common/tensor/resample.h"

#include <string>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "common/base/error.h"

namespace changeling {
namespace {

cv::Mat as_mat(const at::Tensor& plane) {
  return cv::Mat(static_cast<int>(plane.size(0)), static_cast<int>(plane.size(1)), CV_32F,
                 plane.data_ptr<float>());
}

struct Case {
  Resampling kind;
  int opencv;
  int width;
  int height;
};

class Resample : public testing::TestWithParam<Case> {};

TEST_P(Resample, AgreesWithOpenCv) {
  const Case& c = GetParam();
  const at::Tensor image = at::rand({2, 48, 64});
  const at::Tensor resized = resample(image, c.height, c.width, c.kind);
  ASSERT_EQ(resized.sizes(), (at::IntArrayRef{2, c.height, c.width}));
  for (std::int64_t i = 0; i < 2; ++i) {
    cv::Mat expected;
    cv::resize(as_mat(image[i]), expected, {c.width, c.height}, 0, 0, c.opencv);
    EXPECT_LT(cv::norm(as_mat(resized[i].contiguous()), expected, cv::NORM_INF), 2e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Resample,
                         testing::Values(Case{Resampling::kLinear, cv::INTER_LINEAR, 31, 100},
                                         Case{Resampling::kLinear, cv::INTER_LINEAR, 64, 48},
                                         Case{Resampling::kCubic, cv::INTER_CUBIC, 133, 97},
                                         Case{Resampling::kCubic, cv::INTER_CUBIC, 40, 30},
                                         Case{Resampling::kArea, cv::INTER_AREA, 32, 24},
                                         Case{Resampling::kArea, cv::INTER_AREA, 27, 11},
                                         Case{Resampling::kArea, cv::INTER_AREA, 1, 1}),
                         [](const auto& c) {
                           return "to" + std::to_string(c.param.width) + "by" +
                                  std::to_string(c.param.height) + "kind" +
                                  std::to_string(static_cast<int>(c.param.kind));
                         });

TEST(ResampleWindow, ReadsZeroOutsideAndNothingBeyondTheWindow) {
  const at::Tensor image = at::rand({1, 20, 30}) + 1;
  at::Tensor padded = at::zeros({1, 60, 70});
  padded.slice(1, 20, 40).slice(2, 20, 50) = image;
  const PixelWindow window = {-7, 4, 25, 24};
  const at::Tensor expected =
      resample(padded.slice(1, 24, 48).slice(2, 13, 38), 12, 50, Resampling::kCubic);
  EXPECT_TRUE(
      at::allclose(resample_window(image, window, 12, 50, Resampling::kCubic), expected, 0, 1e-6));
}

TEST(ResampleWindow, AnImageDoesNotDependOnTheOthers) {
  const at::Tensor images = at::rand({3, 2, 21, 17});
  const at::Tensor together = resample(images, 40, 9, Resampling::kArea);
  EXPECT_TRUE(at::equal(resample(images.slice(0, 1, 2), 40, 9, Resampling::kArea),
                        together.slice(0, 1, 2)));
}

TEST(ResampleWindow, RefusesEmptyAndHugeWindows) {
  const at::Tensor image = at::rand({4, 4});
  EXPECT_THROW(static_cast<void>(resample(image, 0, 4, Resampling::kLinear)), Error);
  EXPECT_THROW(
      static_cast<void>(resample_window(image, {0, 0, 70000, 4}, 4, 4, Resampling::kLinear)),
      Error);
  EXPECT_THROW(static_cast<void>(resample_window(image, {0, 0, 4, 0}, 4, 4, Resampling::kLinear)),
               Error);
}

}  // namespace
}  // namespace changeling

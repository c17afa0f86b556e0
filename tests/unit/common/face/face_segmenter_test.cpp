#include "common/face/face_segmenter.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/tensor/frame_tensor.h"

namespace changeling {
namespace {

/// The larger the bias, the more pixels are a face.
NetWeights tiny_segmenter(float face_bias) {
  NetInfo info;
  info.kind = NetKind::kSegUnet;
  info.role = "segmentation";
  info.ngf = 4;
  info.resolution_px = 32;
  info.trained_on = "nothing";
  info.licence = "none";
  NetWeights weights = random_net_weights(info, 3);
  for (auto& [name, tensor] : weights.tensors) {
    if (tensor.sizes() == at::IntArrayRef({3})) {  // of the head
      tensor = at::tensor({0.0F, face_bias, 0.0F});
    }
  }
  return weights;
}

Frame noise(int width, int height, std::uint64_t seed) {
  CounterRng rng(seed);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * height * 3);
  std::generate(pixels.begin(), pixels.end(),
                [&] { return static_cast<std::uint8_t>(255 * rng.uniform()); });
  return Frame(width, height, PixelFormat::kRgb24, std::move(pixels));
}

Landmarks points_at(float x, float y) {
  Landmarks points;
  for (int i = 0; i < 68; ++i) {
    points.push_back({x + 4 * static_cast<float>(i % 9), y + 4 * static_cast<float>(i / 9)});
  }
  return points;
}

std::int64_t pixels_of(const Frame& area) {
  return std::count(area.data(), area.data() + area.size_bytes(), 255);
}

TEST(AreaOfMargin, IsTheCropWhereTheMarginIsPositive) {
  at::Tensor margin = at::full({8, 8}, -1, at::kFloat);
  margin.narrow(1, 4, 4).fill_(1);  // the right half
  const Frame area = area_of_margin(margin, CropTransform::square({20, 16}, 16, 8), 40, 32);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 40; ++x) {
      const bool inside = x >= 20 && x < 28 && y >= 8 && y < 24;
      ASSERT_EQ(area.data()[y * 40 + x], inside ? 255 : 0) << x << ' ' << y;
    }
  }
}

TEST(AreaOfMargin, CropsThatLeaveTheFrameAreCut) {
  const at::Tensor all = at::ones({8, 8}, at::kFloat);
  EXPECT_EQ(pixels_of(area_of_margin(all, CropTransform::square({0, 0}, 16, 8), 40, 32)), 8 * 8);
  EXPECT_EQ(pixels_of(area_of_margin(all, CropTransform::square({40, 32}, 16, 8), 40, 32)), 8 * 8);
  EXPECT_EQ(pixels_of(area_of_margin(all, CropTransform::square({-50, 90}, 16, 8), 40, 32)), 0);
  EXPECT_EQ(pixels_of(area_of_margin(all, CropTransform::square({20, 16}, 400, 8), 40, 32)),
            40 * 32);
}

TEST(FaceSegmenter, AreaDoesNotDependOnTheOthersOfACall) {
  const std::vector<Frame> frames = {noise(80, 64, 1), noise(80, 64, 2)};
  const std::vector<Landmarks> faces = {points_at(10, 20), points_at(40, 12), points_at(22, 8)};
  const std::vector<std::size_t> frame_of_face = {0, 1, 0};
  std::int64_t n_face = 0;
  for (const float bias : {0.0F, 0.1F, 0.5F, 1.0F, 3.0F, 100.0F}) {
    const FaceSegmenter segmenter(tiny_segmenter(bias));
    const std::vector<Frame> together = segmenter.areas(frames, frame_of_face, faces);
    ASSERT_EQ(together.size(), 3U);
    const std::int64_t before = n_face;
    n_face = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const Frame alone = segmenter.areas(frames, {frame_of_face[i]}, {faces[i]}).front();
      EXPECT_TRUE(at::equal(to_tensor(alone), to_tensor(together[i]))) << i;
      n_face += pixels_of(alone);
    }
    EXPECT_GE(n_face, before) << bias;
  }
  EXPECT_GT(n_face, 2000);  // with the last, the crops as a whole
  EXPECT_TRUE(FaceSegmenter(tiny_segmenter(0)).areas(frames, {}, {}).empty());
}

TEST(FaceSegmenter, AnotherNetworkIsRefused) {
  NetWeights other = tiny_segmenter(0);
  other.info.out = {4};
  try {
    const FaceSegmenter segmenter(other);
    FAIL() << "four classes were taken for three";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
  }
}

}  // namespace
}  // namespace changeling

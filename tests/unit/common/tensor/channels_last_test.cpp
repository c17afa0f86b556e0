#include "common/tensor/channels_last.h"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

at::Tensor noise(at::IntArrayRef sizes, std::uint64_t seed) {
  auto generator = at::detail::createCPUGenerator(seed);
  return at::randn(sizes, generator).contiguous(kLast);
}

at::Tensor bf16(const at::Tensor& x) {
  return x.to(at::kBFloat16);
}

at::Tensor padded(const at::Tensor& x, int pad) {
  return at::reflection_pad2d(x.contiguous(), {pad, pad, pad, pad});
}

/// What finish_layer promises, from LibTorch's own operators.
at::Tensor reference_end(const at::Tensor& x, const LayerEnd& end) {
  at::Tensor y = x.to(at::kFloat).contiguous();
  if (end.bias.defined()) {
    y = y + end.bias.view({1, -1, 1, 1});
  }
  switch (end.join) {
    case Join::kCopy:
      break;
    case Join::kRelu:
      y = y.relu();
      break;
    case Join::kAddThenRelu:
      y = (y + end.other.to(at::kFloat)).relu();
      break;
    case Join::kReluThenAdd:
      y = y.relu() + end.other.to(at::kFloat);
      break;
  }
  return end.pad == 0 ? y : padded(y, end.pad);
}

double max_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kFloat) - b.to(at::kFloat)).abs().max().item<double>();
}

constexpr std::array<Join, 4> kJoins = {Join::kCopy, Join::kRelu, Join::kAddThenRelu,
                                        Join::kReluThenAdd};

TEST(FinishLayer, HasTheBitsOfLibTorchInFloat32) {
  for (const std::int64_t channels : {1, 3, 8, 130}) {
    const at::Tensor x = noise({2, channels, 9, 7}, 1);
    const at::Tensor other = noise({2, channels, 9, 7}, 2);
    const at::Tensor bias = noise({1, channels, 1, 1}, 3).flatten();
    for (const Join join : kJoins) {
      for (const int pad : {0, 1, 3, 6}) {
        const LayerEnd end = {join, bias, other, pad};
        const at::Tensor y = finish_layer(x, end);
        EXPECT_TRUE(at::equal(y, reference_end(x, end))) << channels << " channels, pad " << pad;
        EXPECT_TRUE(y.is_contiguous(kLast));
      }
    }
  }
}

TEST(FinishLayer, RoundsOnceInBFloat16) {
  const at::Tensor x = bf16(noise({2, 40, 8, 8}, 4));
  const at::Tensor other = bf16(noise({2, 40, 8, 8}, 5));
  const at::Tensor bias = noise({1, 40, 1, 1}, 6).flatten();
  for (const Join join : kJoins) {
    const LayerEnd end = {join, bias, other, 1};
    EXPECT_TRUE(at::equal(finish_layer(x, end), bf16(reference_end(x, end))));
  }
}

TEST(FinishLayer, ReadsWindowsOfLargerTensors) {
  const at::Tensor large = noise({2, 8, 12, 12}, 7);
  const at::Tensor x = noise({2, 8, 6, 6}, 8);
  const LayerEnd end = {Join::kAddThenRelu, {}, inside(large, 3), 1};
  EXPECT_TRUE(at::equal(finish_layer(x, end), reference_end(x, end)));
  EXPECT_TRUE(at::equal(finish_layer(inside(large, 2), {Join::kCopy, {}, {}, 3}),
                        padded(inside(large, 2), 3)));
}

TEST(FinishLayer, KeepsWhatIsNotANumber) {
  at::Tensor x = noise({1, 8, 4, 4}, 9);
  x[0][3][2][1] = std::numeric_limits<float>::quiet_NaN();
  x[0][4][2][1] = std::numeric_limits<float>::infinity();
  for (const at::Tensor& input : {x, bf16(x)}) {
    const at::Tensor y = finish_layer(input, {Join::kRelu, {}, {}, 0});
    EXPECT_TRUE(std::isnan(y[0][3][2][1].item<float>()));
    EXPECT_TRUE(std::isinf(y[0][4][2][1].item<float>()));
    EXPECT_EQ(y.isnan().sum().item<int>(), 1);
  }
}

TEST(FinishLayer, RefusesWhatItCannotRead) {
  const at::Tensor x = noise({1, 8, 4, 4}, 10);
  const auto finish = [](const at::Tensor& input, const LayerEnd& end) {
    (void)finish_layer(input, end);
  };
  EXPECT_THROW(finish(x.contiguous(), {}), Error);
  EXPECT_THROW(finish(x.to(at::kDouble), {}), Error);
  EXPECT_THROW(finish(x[0], {}), Error);
  EXPECT_THROW(finish(x, {Join::kCopy, {}, {}, 4}), Error);
  EXPECT_THROW(finish(x, {Join::kCopy, at::ones({7}), {}, 0}), Error);
  EXPECT_THROW(finish(x, {Join::kAddThenRelu, {}, bf16(x), 0}), Error);
  EXPECT_THROW(finish(x, {Join::kAddThenRelu, {}, noise({1, 8, 4, 5}, 11), 0}), Error);
}

/// weight (O,I,3,3) -> the 1x1 filters that make the nine products.
at::Tensor product_filters(const at::Tensor& weight) {
  return weight.permute({2, 3, 0, 1}).reshape({9 * weight.size(0), weight.size(1), 1, 1});
}

TEST(FinishUpsampledLayer, EqualsUpsamplingThenConvolving) {
  for (const auto& [height, width, channels] :
       {std::array{1, 1, 4}, {2, 5, 4}, {6, 3, 1}, {8, 8, 24}}) {
    const at::Tensor x = noise({2, 12, height, width}, 12);
    const at::Tensor weight = noise({channels, 12, 3, 3}, 13);
    const at::Tensor products = at::conv2d(x, product_filters(weight)).contiguous(kLast);
    const at::Tensor large = at::upsample_bilinear2d(x, {2 * height, 2 * width}, false);
    const at::Tensor convolved = at::conv2d(padded(large, 1), weight);
    const at::Tensor other = noise({2, channels, 2 * height, 2 * width}, 14);
    const at::Tensor bias = noise({1, channels, 1, 1}, 15).flatten();
    for (const Join join : kJoins) {
      const LayerEnd end = {join, bias, other, 1};
      EXPECT_LE(
          max_difference(finish_upsampled_layer(products, end), reference_end(convolved, end)),
          2e-5)
          << height << "x" << width << "x" << channels;
    }
  }
}

TEST(FinishUpsampledLayer, RoundsOnceInBFloat16) {
  const at::Tensor products = bf16(noise({2, 9 * 16, 6, 6}, 16));
  const at::Tensor other = bf16(noise({2, 16, 12, 12}, 17));
  const at::Tensor found =
      finish_upsampled_layer(products, {Join::kReluThenAdd, {}, other, 1}).to(at::kFloat);
  const at::Tensor exact = finish_upsampled_layer(
      products.to(at::kFloat), {Join::kReluThenAdd, {}, other.to(at::kFloat), 1});
  EXPECT_TRUE(at::equal(found, bf16(exact).to(at::kFloat)));
}

TEST(UpsampleAligned, AgreesWithLibTorch) {
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 4}, {5, 3}, {16, 16}}) {
    const at::Tensor x = noise({2, 6, height, width}, 18);
    const at::Tensor expected = at::upsample_bilinear2d(x, {2 * height, 2 * width}, true);
    EXPECT_LE(max_difference(upsample_aligned(x), expected), 1e-5) << height << "x" << width;
    EXPECT_TRUE(
        at::equal(upsample_aligned(bf16(x)), bf16(upsample_aligned(bf16(x).to(at::kFloat)))));
  }
}

TEST(ChannelsLast, ResultsDependOnNeitherThreadsNorBatch) {
  const at::Tensor x = bf16(noise({5, 9 * 32, 24, 24}, 19));
  const LayerEnd end = {Join::kRelu, {}, {}, 1};
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor alone = finish_upsampled_layer(x[3].unsqueeze(0).contiguous(kLast), end);
  at::set_num_threads(2);
  const at::Tensor together = finish_upsampled_layer(x, end);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(together[3], alone[0]));
}

}  // namespace
}  // namespace changeling

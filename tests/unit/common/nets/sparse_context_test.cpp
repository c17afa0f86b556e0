#include "common/nets/sparse_context.h"

#include <limits>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/nets/landmark_context.h"

namespace changeling {
namespace {

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

at::Tensor noise(at::IntArrayRef sizes, std::uint64_t seed) {
  return at::randn(sizes, at::detail::createCPUGenerator(seed));
}

at::Tensor uniform(at::IntArrayRef sizes, double low, double high, std::uint64_t seed) {
  return at::rand(sizes, at::detail::createCPUGenerator(seed)) * (high - low) + low;
}

at::Tensor dense_context(const at::Tensor& landmarks, const at::Tensor& weight, int resolution) {
  const at::Tensor maps = landmark_maps(landmarks, resolution);
  return at::conv2d(at::reflection_pad2d(maps, {3, 3, 3, 3}), weight);
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(SparseContext, EqualsTheDenseLayer) {
  for (const auto& [channels, count, resolution] :
       {std::array{4, 5, 64}, {16, 68, 32}, {40, 9, 96}, {3, 6, 8}}) {
    const at::Tensor weight = noise({channels, count, 7, 7}, 1) * 0.1;
    const at::Tensor landmarks = uniform({2, count, 2}, -0.05, 1.05, 2);
    const at::Tensor sparse = SparseContext(weight).make(landmarks, resolution, at::kFloat);
    EXPECT_LE(difference(sparse, dense_context(landmarks, weight, resolution)), 1e-5);
    EXPECT_TRUE(sparse.is_contiguous(kLast));
  }
}

TEST(SparseContext, MirrorsDiscsAtEveryBorder) {
  const at::Tensor weight = noise({16, 1, 7, 7}, 3) * 0.1;
  const SparseContext context(weight);
  constexpr int kResolution = 48;
  for (const float x : {-0.03F, 0.0F, 0.02F, 0.05F, 0.08F, 0.5F, 0.93F, 0.97F, 1.0F, 1.03F}) {
    for (const float y : {-0.038F, 0.01F, 0.06F, 0.94F, 0.99F, 1.037F}) {
      const at::Tensor landmark = at::tensor({x, y}).view({1, 1, 2});
      EXPECT_LE(difference(context.make(landmark, kResolution, at::kFloat),
                           dense_context(landmark, weight, kResolution)),
                1e-5)
          << x << ", " << y;
    }
  }
}

TEST(SparseContext, IgnoresLandmarksThatAreNowhereNear) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor landmarks =
      at::tensor({2.0F, 0.5F, -7.0F, 0.5F, 0.5F, 1e30F, nan, 0.5F, 0.5F, nan, inf, -inf})
          .view({1, 6, 2});
  const at::Tensor context = SparseContext(noise({8, 6, 7, 7}, 4)).make(landmarks, 32, at::kFloat);
  EXPECT_EQ(context.abs().max().item<float>(), 0);
}

TEST(SparseContext, RoundsOnceInBFloat16) {
  const at::Tensor landmarks = uniform({1, 20, 2}, 0, 1, 5);
  for (const std::int64_t channels : {16, 20}) {
    const SparseContext context(noise({channels, 20, 7, 7}, 6));
    EXPECT_TRUE(at::equal(context.make(landmarks, 64, at::kBFloat16),
                          context.make(landmarks, 64, at::kFloat).to(at::kBFloat16)));
  }
}

TEST(SparseContext, DependsOnNeitherThreadsNorBatch) {
  const SparseContext context(noise({32, 68, 7, 7}, 7));
  const at::Tensor landmarks = uniform({3, 68, 2}, 0, 1, 8);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor alone = context.make(landmarks.slice(0, 1, 2), 64, at::kFloat);
  at::set_num_threads(2);
  const at::Tensor together = context.make(landmarks, 64, at::kFloat);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(alone[0], together[1]));
}

TEST(SparseContext, RefusesOtherShapes) {
  EXPECT_THROW(SparseContext(noise({4, 5, 3, 3}, 9)), Error);
  EXPECT_THROW(SparseContext(noise({4, 5, 7}, 9)), Error);
  const SparseContext context(noise({4, 5, 7, 7}, 9));
  EXPECT_THROW((void)context.make(noise({1, 4, 2}, 9), 32, at::kFloat), Error);
  EXPECT_THROW((void)context.make(noise({1, 5, 3}, 9), 32, at::kFloat), Error);
  EXPECT_THROW((void)context.make(noise({1, 5, 2}, 9), 3, at::kFloat), Error);
}

}  // namespace
}  // namespace changeling

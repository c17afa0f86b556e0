#include "generator/methods/mesh_swap/color_transfer.h"

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

FloatImage noise(int width, int height, std::array<float, 3> mean, std::array<float, 3> half_range,
                 std::uint64_t seed) {
  CounterRng rng(seed);
  FloatImage image(width, height, 3);
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    image.values[i] = mean[i % 3] + half_range[i % 3] * static_cast<float>(2 * rng.uniform() - 1);
  }
  return image;
}

TEST(RobustStatistics, HandComputed) {
  FloatImage lab(4, 1, 3);
  lab.values = {10, 0, 1, 20, 0, 2, 30, 0, 3, 999, 99, 99};
  FloatImage weight(4, 1, 1);
  weight.values = {1, 2, 1, 0};  // the last pixel does not count
  const LabStatistics s = robust_statistics(lab, weight);
  EXPECT_FLOAT_EQ(s.mean[0], 20);
  EXPECT_FLOAT_EQ(s.deviation[0], std::sqrt(50.0F));
  EXPECT_FLOAT_EQ(s.mean[1], 0);
  EXPECT_FLOAT_EQ(s.mean[2], 2);
}

TEST(RobustStatistics, IgnoresFewOutliers) {
  FloatImage lab = noise(40, 40, {60, 10, 15}, {5, 2, 2}, 1);
  for (std::size_t i = 0; i < 20; ++i) {
    lab.values[3 * (i * 71)] = 0;  // hair
  }
  const LabStatistics s = robust_statistics(lab, FloatImage(40, 40, 1, 1.0F));
  EXPECT_NEAR(s.mean[0], 60, 0.3);
  EXPECT_NEAR(s.deviation[0], 5 / std::sqrt(3.0), 0.2);
}

TEST(RobustStatistics, IsZeroWithoutWeight) {
  const LabStatistics s =
      robust_statistics(noise(4, 4, {50, 0, 0}, {1, 1, 1}, 2), FloatImage(4, 4, 1));
  EXPECT_EQ(s.mean[0], 0);
  EXPECT_EQ(s.deviation[0], 0);
}

TEST(MatchStatistics, BringsMeanAndDeviation) {
  const FloatImage source = noise(50, 50, {40, 5, 20}, {6, 3, 3}, 3);
  const FloatImage target = noise(50, 50, {70, 12, 10}, {7, 3.5F, 2.4F}, 4);
  const FloatImage weight(50, 50, 1, 1.0F);
  const LabStatistics to = robust_statistics(target, weight);
  const LabStatistics got =
      robust_statistics(match_statistics(source, robust_statistics(source, weight), to), weight);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(got.mean[c], to.mean[c], 1e-3);
    EXPECT_NEAR(got.deviation[c], to.deviation[c], 0.02);
  }
}

TEST(MatchStatistics, LimitsTheGain) {
  FloatImage pixel(1, 1, 3);
  pixel.values = {11, 11, 11};
  LabStatistics from = {{10, 10, 10}, {1, 1, 0}};
  LabStatistics to = {{50, 50, 50}, {100, 0.01F, 5}};
  const FloatImage out = match_statistics(pixel, from, to, {0.7F, 1.3F});
  EXPECT_FLOAT_EQ(out.values[0], 51.3F);
  EXPECT_FLOAT_EQ(out.values[1], 50.7F);
  EXPECT_FLOAT_EQ(out.values[2], 51.0F);  // no deviation to compare: gain 1
}

TEST(ColorLikelihood, TellsSkinFromHair) {
  const LabStatistics skin = {{70, 15, 18}, {4, 1, 1}};
  FloatImage lab(3, 1, 3);
  lab.values = {68, 16, 17, 20, 4, 4, 70, 29, 18};
  const FloatImage likelihood = color_likelihood(lab, skin);
  EXPECT_EQ(likelihood.at(0, 0), 1);
  EXPECT_EQ(likelihood.at(1, 0), 0);
  EXPECT_EQ(likelihood.at(2, 0), 0.0F);  // 14 / 4 = 3.5 deviations in a*
}

TEST(SmoothDifference, FindsAConstantOffset) {
  FloatImage source = noise(48, 40, {50, 5, 5}, {8, 2, 2}, 5);
  FloatImage target = source;
  for (std::size_t i = 0; i < target.values.size(); ++i) {
    target.values[i] += i % 3 == 0 ? 12.0F : -3.0F;
  }
  const FloatImage light = smooth_difference(target, source, FloatImage(48, 40, 1, 1.0F), 7, 1e-4F);
  EXPECT_NEAR(light.at(20, 20, 0), 12, 0.01);
  EXPECT_NEAR(light.at(0, 0, 1), -3, 0.01);
}

TEST(SmoothDifference, WeightlessPixelsHaveNoInfluence) {
  const FloatImage source(40, 40, 3, 50.0F);
  FloatImage target(40, 40, 3, 60.0F);
  FloatImage weight(40, 40, 1, 1.0F);
  for (int y = 10; y < 30; ++y) {
    for (int x = 10; x < 30; ++x) {
      weight.at(x, y) = 0;
      target.at(x, y, 0) = 0;  // a dark patch that must not count
    }
  }
  const FloatImage light = smooth_difference(target, source, weight, 3, 1e-4F);
  EXPECT_NEAR(light.at(8, 8, 0), 10, 0.5);
}

TEST(SmoothDifference, FadesWithoutWeight) {
  const FloatImage source(32, 32, 3, 50.0F);
  const FloatImage target(32, 32, 3, 60.0F);
  const FloatImage light = smooth_difference(target, source, FloatImage(32, 32, 1), 4, 0.1F);
  EXPECT_EQ(light.at(16, 16, 0), 0);
  EXPECT_THROW(static_cast<void>(smooth_difference(target, source, FloatImage(32, 32, 1), 0, 0.1F)),
               Error);
}

}  // namespace
}  // namespace changeling

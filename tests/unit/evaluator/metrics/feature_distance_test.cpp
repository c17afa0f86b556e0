#include "evaluator/metrics/feature_distance.h"

#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

FeatureMoments moments(const at::Tensor& features) {
  FeatureMoments result(features.size(1));
  result.add(features);
  return result;
}

/// Seeded standard normal rows.
at::Tensor normal_rows(std::int64_t n, std::int64_t dimensions, std::uint64_t seed) {
  CounterRng rng(seed);
  at::Tensor rows = at::empty({n, dimensions}, at::kDouble);
  double* value = rows.data_ptr<double>();
  for (std::int64_t i = 0; i < rows.numel(); ++i) {
    value[i] =
        std::sqrt(-2 * std::log(1 - rng.uniform())) * std::cos(6.283185307179586 * rng.uniform());
  }
  return rows;
}

at::Tensor column(double first, double second) {
  return at::tensor({first, second}).view({2, 1});
}

double frechet(const at::Tensor& a, const at::Tensor& b) {
  return frechet_distance(moments(a), moments(b)).value;
}

TEST(FrechetDistance, OfEqualSetsIsZero) {
  const at::Tensor rows = normal_rows(300, 16, 1);
  EXPECT_NEAR(frechet(rows, rows), 0, 1e-6);
}

TEST(FrechetDistance, MatchesHandComputedValue) {
  // Means 0 and 4, variances 2 and 8: 16 + (sqrt 2 - sqrt 8)^2.
  EXPECT_NEAR(frechet(column(-1.0, 1.0), column(2.0, 6.0)), 18, 1e-9);
}

TEST(FrechetDistance, MatchesTheClosedFormOfGaussians) {
  const std::int64_t n = 200000;
  const at::Tensor a = normal_rows(n, 3, 1);
  const at::Tensor b = normal_rows(n, 3, 2) * at::tensor({1.0, 2.0, 3.0}) + 0.5;
  EXPECT_NEAR(frechet(a, b), 3 * 0.25 + 0 + 1 + 4, 0.06);
}

TEST(FrechetDistance, IgnoresARotationOfTheFeatures) {
  const at::Tensor a = normal_rows(500, 5, 1) * at::tensor({1.0, 2.0, 0.5, 3.0, 1.0});
  const at::Tensor b = normal_rows(500, 5, 2) + 0.3;
  const at::Tensor turn = std::get<0>(at::linalg_qr(normal_rows(5, 5, 3)));
  EXPECT_NEAR(frechet(a.matmul(turn), b.matmul(turn)), frechet(a, b), 1e-8);
  EXPECT_NEAR(frechet(a, b), frechet(b, a), 1e-8);
}

TEST(FrechetDistance, GrowsWithTheShift) {
  const at::Tensor rows = normal_rows(300, 8, 1);
  double last = -1e-6;
  for (const double shift : {0.1, 0.5, 2.0}) {
    const double value = frechet(rows, rows + shift);
    EXPECT_NEAR(value, 8 * shift * shift, 1e-6);
    EXPECT_GT(value, last);
    last = value;
  }
}

TEST(FrechetDistance, OfFewerRowsThanDimensionsIsFinite) {
  const FrechetDistance result =
      frechet_distance(moments(normal_rows(6, 20, 1)), moments(normal_rows(6, 20, 2)));
  EXPECT_TRUE(std::isfinite(result.value));
  EXPECT_GE(result.clamped_mass, 0);
  EXPECT_LT(result.clamped_mass, 1e-9);
}

TEST(FeatureMoments, AddedInPiecesAreTheSame) {
  const at::Tensor rows = normal_rows(100, 4, 1);
  FeatureMoments pieces(4);
  pieces.add(rows.slice(0, 0, 30));
  pieces.add(rows.slice(0, 30));
  EXPECT_EQ(pieces.count(), 100);
  EXPECT_TRUE(at::allclose(pieces.covariance(), moments(rows).covariance(), 1e-12, 1e-12));
  const at::Tensor centred = rows - rows.mean(0);
  EXPECT_TRUE(at::allclose(pieces.covariance(), centred.t().matmul(centred) / 99, 1e-9, 1e-12));
}

TEST(FeatureMoments, RefusesWhatDoesNotFit) {
  FeatureMoments one(4);
  EXPECT_THROW(one.add(at::zeros({2, 3})), Error);
  EXPECT_THROW((void)one.mean(), Error);
  one.add(at::zeros({1, 4}));
  EXPECT_THROW((void)one.covariance(), Error);
  EXPECT_THROW((void)frechet_distance(moments(at::zeros({3, 4})), moments(at::zeros({3, 5}))),
               Error);
}

TEST(KernelDistance, MatchesHandComputedValue) {
  // (x y + 1)^3: 1 within {0, 1}, 343 within {2, 3}, (1 + 1 + 27 + 64) / 4 across.
  const KernelDistance result = kernel_distance(column(0.0, 1.0), column(2.0, 3.0), {3, 2, 1});
  EXPECT_NEAR(result.mean, 1 + 343 - 2 * 23.25, 1e-9);
  EXPECT_NEAR(result.sd, 0, 1e-9);
}

TEST(KernelDistance, OfOneDistributionIsZeroWithinItsSpread) {
  const KernelDistance result =
      kernel_distance(normal_rows(600, 8, 1), normal_rows(600, 8, 2), {50, 100, 1});
  EXPECT_LT(std::abs(result.mean), 3 * result.sd);
  EXPECT_GT(result.sd, 0);
}

TEST(KernelDistance, GrowsWithTheShift) {
  const at::Tensor rows = normal_rows(300, 8, 1);
  double last = 0.01;
  for (const double shift : {0.3, 0.6, 1.2}) {
    const double value = kernel_distance(rows, normal_rows(300, 8, 2) + shift, {20, 100, 1}).mean;
    EXPECT_GT(value, last) << shift;
    last = value;
  }
}

TEST(KernelDistance, FollowsItsSeed) {
  const at::Tensor a = normal_rows(100, 4, 1);
  const at::Tensor b = normal_rows(100, 4, 2);
  EXPECT_EQ(kernel_distance(a, b, {10, 20, 5}).mean, kernel_distance(a, b, {10, 20, 5}).mean);
  EXPECT_NE(kernel_distance(a, b, {10, 20, 5}).mean, kernel_distance(a, b, {10, 20, 6}).mean);
}

TEST(KernelDistance, RefusesSetsSmallerThanASubset) {
  EXPECT_THROW((void)kernel_distance(normal_rows(99, 4, 1), normal_rows(200, 4, 2), {10, 100, 1}),
               Error);
  EXPECT_THROW((void)kernel_distance(normal_rows(9, 4, 1), normal_rows(9, 5, 2), {10, 5, 1}),
               Error);
}

}  // namespace
}  // namespace changeling

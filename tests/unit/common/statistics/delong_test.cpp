#include "common/statistics/delong.h"

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

/// 1 for the right order, 1/2 for a tie.
double wins(double fake, double real) {
  return fake > real ? 1 : fake == real ? 0.5 : 0;
}

/// Share of the others that an item is on the right side of, by counting.
double place_of(double item, const std::vector<double>& others, bool is_fake) {
  double sum = 0;
  for (const double other : others) {
    sum += is_fake ? wins(item, other) : wins(other, item);
  }
  return sum / static_cast<double>(others.size());
}

double naive_covariance(const std::vector<double>& a, const std::vector<double>& b) {
  double mean_a = 0;
  double mean_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i] / static_cast<double>(a.size());
    mean_b += b[i] / static_cast<double>(a.size());
  }
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += (a[i] - mean_a) * (b[i] - mean_b);
  }
  return sum / static_cast<double>(a.size() - 1) / static_cast<double>(a.size());
}

/// Places of the items of one class.
std::vector<double> places(const std::vector<double>& items, const std::vector<double>& others,
                           bool is_fake) {
  std::vector<double> result;
  for (const double item : items) {
    result.push_back(place_of(item, others, is_fake));
  }
  return result;
}

DetectorScores draw_scores(std::uint64_t seed, double lift, int n_real, int n_fake) {
  CounterRng rng(seed);
  DetectorScores scores;
  for (int i = 0; i < n_real; ++i) {
    scores.real.push_back(std::round(rng.uniform() * 20) / 20);
  }
  for (int i = 0; i < n_fake; ++i) {
    scores.fake.push_back(std::round((rng.uniform() + lift) * 20) / 20);
  }
  return scores;
}

TEST(DeLongAuc, CountsTiesHalf) {
  // Pairs: (2,1) 1, (2,2) 1/2, (3,1) 1, (3,2) 1.
  EXPECT_DOUBLE_EQ(delong_auc({{1, 2}, {2, 3}})->auc, 3.5 / 4);
  EXPECT_DOUBLE_EQ(delong_auc({{1, 1}, {1, 1}})->auc, 0.5);
}

TEST(DeLongAuc, EqualsTheQuadraticDefinition) {
  const DetectorScores scores = draw_scores(3, 0.3, 37, 23);
  const std::vector<double> fake = places(scores.fake, scores.real, true);
  const std::vector<double> real = places(scores.real, scores.fake, false);
  const AucEstimate result = *delong_auc(scores);
  double auc = 0;
  for (const double place : fake) {
    auc += place / static_cast<double>(fake.size());
  }
  EXPECT_NEAR(result.auc, auc, 1e-12);
  EXPECT_NEAR(result.standard_error,
              std::sqrt(naive_covariance(fake, fake) + naive_covariance(real, real)), 1e-12);
}

TEST(DeLongAuc, PerfectSeparationHasNoError) {
  const AucEstimate result = *delong_auc({{0.1, 0.2, 0.3}, {0.8, 0.9}});
  EXPECT_EQ(result.auc, 1);
  EXPECT_EQ(result.standard_error, 0);
}

TEST(DeLongAuc, IsUndefinedForOneClass) {
  EXPECT_FALSE(delong_auc({{}, {0.1, 0.2}}).has_value());
  EXPECT_FALSE(delong_auc({{0.1, 0.2}, {0.3}}).has_value());
}

TEST(DeLongDifference, UsesThatBothScoreTheSameItems) {
  const DetectorScores a = draw_scores(5, 0.4, 60, 60);
  DetectorScores b = a;
  EXPECT_EQ(delong_difference(a, b)->difference, 0);
  EXPECT_EQ(delong_difference(a, b)->p_value, 1);
  for (std::size_t i = 0; i < b.fake.size(); i += 10) {
    b.fake[i] = 0;  // six fakes are missed
  }
  const AucDifference paired = *delong_difference(a, b);
  const double unpaired = std::hypot(delong_auc(a)->standard_error, delong_auc(b)->standard_error);
  EXPECT_LT(paired.standard_error, unpaired);
  EXPECT_LT(paired.p_value, 0.05);
}

TEST(DeLongDifference, CoversZeroForEqualDetectors) {
  int flagged = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const AucDifference result = *delong_difference(draw_scores(2 * seed, 0.3, 50, 50),
                                                    draw_scores(2 * seed + 1, 0.3, 50, 50));
    flagged += result.p_value < 0.05 ? 1 : 0;
  }
  EXPECT_LE(flagged, 32);  // 8 % of 400
  EXPECT_GE(flagged, 8);
}

TEST(DeLongDifference, RefusesOtherItems) {
  EXPECT_THROW((void)delong_difference({{1, 2}, {3, 4}}, {{1, 2, 3}, {3, 4}}), Error);
}

}  // namespace
}  // namespace changeling

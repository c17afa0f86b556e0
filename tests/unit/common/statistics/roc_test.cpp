#include "common/statistics/roc.h"

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

using Items = std::vector<ScoredItem>;

/// Descending: + - + (+ -) - ; the pair in brackets ties.
Items mixed() {
  return {{0.9, true}, {0.8, false}, {0.7, true}, {0.5, true}, {0.5, false}, {0.1, false}};
}

Items perfect() {
  return {{0.9, true}, {0.8, true}, {0.2, false}, {0.1, false}};
}

Items random_items(std::size_t n, std::uint64_t seed) {
  CounterRng rng(seed);
  Items items;
  for (std::size_t i = 0; i < n; ++i) {
    const bool is_positive = rng.uniform() < 0.4;
    // Few distinct scores: many ties.
    items.push_back({std::round(8 * (rng.uniform() + (is_positive ? 0.3 : 0))) / 8, is_positive});
  }
  return items;
}

TEST(RocCurve, HasOneStepPerDistinctScore) {
  const std::vector<RocPoint> curve = roc_curve(mixed());
  ASSERT_EQ(curve.size(), 6U);
  EXPECT_EQ(curve[0].tpr, 0);
  EXPECT_EQ(curve[4].threshold, 0.5);
  EXPECT_DOUBLE_EQ(curve[4].tpr, 1);
  EXPECT_DOUBLE_EQ(curve[4].fpr, 2.0 / 3);
  EXPECT_DOUBLE_EQ(curve[4].precision, 3.0 / 5);
  EXPECT_EQ(curve[5].fpr, 1);
}

TEST(Auc, MatchesHandComputedValueWithTies) {
  // Pairs won: .9 beats 3, .7 beats 2, .5 beats 1 and ties 1: 6.5 of 9.
  EXPECT_DOUBLE_EQ(*auc(mixed()), 6.5 / 9);
  EXPECT_EQ(*auc(perfect()), 1);
  EXPECT_EQ(*auc({{0.5, true}, {0.5, false}}), 0.5);
  EXPECT_EQ(*auc({{0.1, true}, {0.5, false}}), 0);
}

TEST(Auc, EqualsTheShareOfWonPairs) {
  const Items items = random_items(200, 3);
  double won = 0;
  double pairs = 0;
  for (const ScoredItem& a : items) {
    for (const ScoredItem& b : items) {
      if (a.is_positive && !b.is_positive) {
        won += a.score > b.score ? 1 : a.score == b.score ? 0.5 : 0;
        ++pairs;
      }
    }
  }
  EXPECT_NEAR(*auc(items), won / pairs, 1e-12);
}

TEST(Auc, WeightsAreCopies) {
  Items weighted = mixed();
  weighted[1].weight = 3;
  weighted[2].weight = 0;
  Items copied = mixed();
  copied.erase(copied.begin() + 2);
  copied.push_back(copied[1]);
  copied.push_back(copied[1]);
  EXPECT_DOUBLE_EQ(*auc(weighted), *auc(copied));
  EXPECT_DOUBLE_EQ(*average_precision(weighted), *average_precision(copied));
}

TEST(PartialAuc, IsStandardisedToHalfForChanceAndOneForPerfection) {
  EXPECT_EQ(*partial_auc(perfect(), 0.1), 1);
  EXPECT_DOUBLE_EQ(*partial_auc({{0.5, true}, {0.5, false}}, 0.1), 0.5);
  EXPECT_DOUBLE_EQ(*partial_auc(mixed(), 1), *auc(mixed()));
}

TEST(PartialAuc, MatchesHandComputedValue) {
  // Up to FPR .2 the curve is flat at 1/3: area .2/3; chance .02: (1 + (.0666667 - .02) / .18) / 2.
  EXPECT_NEAR(*partial_auc(mixed(), 0.2), (1 + (0.2 / 3 - 0.02) / 0.18) / 2, 1e-12);
}

TEST(TprAtFpr, TakesTheBestThresholdWithoutInterpolation) {
  EXPECT_DOUBLE_EQ(*tpr_at_fpr(mixed(), 0.01), 1.0 / 3);
  EXPECT_DOUBLE_EQ(*tpr_at_fpr(mixed(), 1.0 / 3), 2.0 / 3);
  EXPECT_EQ(*tpr_at_fpr({{0.1, true}, {0.5, false}}, 0.01), 0);
}

TEST(EqualErrorRate, InterpolatesBetweenTheSteps) {
  // FNR - FPR is 1/3 - 1/3 = 0 at threshold .7.
  EXPECT_NEAR(*equal_error_rate(mixed()), 1.0 / 3, 1e-12);
  EXPECT_EQ(*equal_error_rate(perfect()), 0);
  EXPECT_DOUBLE_EQ(*equal_error_rate({{0.5, true}, {0.5, false}}), 0.5);
  EXPECT_EQ(*equal_error_rate({{0.1, true}, {0.5, false}}), 1);
}

TEST(AveragePrecision, SumsPrecisionOverRecallSteps) {
  EXPECT_DOUBLE_EQ(*average_precision(mixed()), (1.0 + 2.0 / 3 + 3.0 / 5) / 3);
  EXPECT_EQ(*average_precision(perfect()), 1);
}

TEST(Roc, OneClassAloneIsUndefined) {
  const Items one = {{0.3, true}, {0.6, true}};
  EXPECT_FALSE(auc(one).has_value());
  EXPECT_FALSE(partial_auc(one, 0.1).has_value());
  EXPECT_FALSE(tpr_at_fpr(one, 0.1).has_value());
  EXPECT_FALSE(equal_error_rate(one).has_value());
  EXPECT_FALSE(average_precision(one).has_value());
  EXPECT_THROW((void)auc({{std::nan(""), true}, {0.1, false}}), Error);
}

TEST(LeastNegatives, FollowsTheRuleOfThree) {
  EXPECT_EQ(least_negatives(1e-2), 300);
  EXPECT_EQ(least_negatives(1e-3), 3000);
}

}  // namespace
}  // namespace changeling

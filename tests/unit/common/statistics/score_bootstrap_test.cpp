#include "common/statistics/score_bootstrap.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "common/base/rng.h"

namespace changeling {
namespace {

/// `n` people, two fakes and two reals each, separated by `shift`; each person has an offset.
std::vector<ClusteredScore> people(int n, double shift, std::uint64_t seed) {
  CounterRng rng(seed);
  std::vector<ClusteredScore> scores;
  for (int person = 0; person < n; ++person) {
    const double offset = rng.uniform();
    for (const bool is_positive : {true, true, false, false}) {
      scores.push_back({offset + rng.uniform() + (is_positive ? shift : 0), is_positive, person});
    }
  }
  return scores;
}

const BootstrapKey kKey{"suite", "auc@1", "all"};

TEST(BootstrapScores, IntervalHoldsTheValue) {
  const ScoreEstimate estimate = bootstrap_scores(people(40, 0.4, 1), auc, kKey, {500, 0.95, {}});
  ASSERT_TRUE(estimate.interval);
  EXPECT_TRUE(estimate.interval->contains(*estimate.value));
  EXPECT_GT(estimate.interval->half_width(), 0.01);
  EXPECT_EQ(estimate.n_positive, 80);
  EXPECT_EQ(estimate.n_negative, 80);
  EXPECT_EQ(estimate.n_clusters, 40);
}

TEST(BootstrapScores, NeitherOrderNorNumberingMatters) {
  std::vector<ClusteredScore> scores = people(20, 0.4, 2);
  const ScoreEstimate first = bootstrap_scores(scores, auc, kKey, {200, 0.95, {}});
  std::reverse(scores.begin(), scores.end());
  for (ClusteredScore& score : scores) {
    score.cluster = 7 * score.cluster + 100;
  }
  const ScoreEstimate second = bootstrap_scores(scores, auc, kKey, {200, 0.95, {}});
  EXPECT_EQ(first.value, second.value);
  EXPECT_EQ(first.interval->low, second.interval->low);
  EXPECT_EQ(first.interval->high, second.interval->high);
}

TEST(BootstrapScores, CoversTheTruthAboutAsOftenAsItSays) {
  // P(offset + u + .4 > offset' + u') with four uniforms, by a large sample.
  const double truth = *bootstrap_scores(people(2000, 0.4, 3), auc, kKey, {2, 0.95, {}}).value;
  int covered = 0;
  constexpr int kTrials = 60;
  for (int trial = 0; trial < kTrials; ++trial) {
    const ScoreEstimate estimate = bootstrap_scores(
        people(30, 0.4, 100 + static_cast<std::uint64_t>(trial)), auc, kKey, {120, 0.95, {}});
    covered += estimate.interval->contains(truth) ? 1 : 0;
  }
  EXPECT_GE(covered, kTrials * 0.85);
  EXPECT_LE(covered, kTrials);
}

TEST(BootstrapScores, OneClassAloneHasNoValue) {
  const ScoreEstimate estimate =
      bootstrap_scores({{0.1, true, 1}, {0.2, true, 2}}, auc, kKey, {50, 0.95, {}});
  EXPECT_FALSE(estimate.value.has_value());
  EXPECT_FALSE(estimate.interval.has_value());
}

TEST(BootstrapScores, OnePersonHasNoInterval) {
  const ScoreEstimate estimate =
      bootstrap_scores({{0.1, true, 1}, {0.2, false, 1}}, auc, kKey, {50, 0.95, {}});
  EXPECT_EQ(estimate.value, 0);
  EXPECT_FALSE(estimate.interval.has_value());
}

TEST(BootstrapScores, DrawsWithoutAClassAreRepeated) {
  // Each class in one person: half of the draws hold one class only.
  const ScoreEstimate estimate =
      bootstrap_scores({{0.1, true, 1}, {0.2, false, 2}}, auc, kKey, {50, 0.95, {}});
  ASSERT_TRUE(estimate.interval);
  EXPECT_EQ(estimate.interval->high, 0);
}

}  // namespace
}  // namespace changeling

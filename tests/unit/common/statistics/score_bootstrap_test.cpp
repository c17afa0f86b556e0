#include "common/statistics/score_bootstrap.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "common/base/rng.h"
#include "common/statistics/delong.h"

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
  const ScoreEstimate estimate = bootstrap_scores(people(40, 0.4, 1), auc, kKey, {500, 0.95});
  ASSERT_TRUE(estimate.interval);
  EXPECT_TRUE(estimate.interval->contains(*estimate.value));
  EXPECT_GT(estimate.interval->half_width(), 0.01);
  EXPECT_EQ(estimate.n_positive, 80);
  EXPECT_EQ(estimate.n_negative, 80);
  EXPECT_EQ(estimate.n_clusters, 40);
}

TEST(BootstrapScores, NeitherOrderNorNumberingMatters) {
  std::vector<ClusteredScore> scores = people(20, 0.4, 2);
  const ScoreEstimate first = bootstrap_scores(scores, auc, kKey, {200, 0.95});
  std::reverse(scores.begin(), scores.end());
  for (ClusteredScore& score : scores) {
    score.cluster = 7 * score.cluster + 100;
  }
  const ScoreEstimate second = bootstrap_scores(scores, auc, kKey, {200, 0.95});
  EXPECT_EQ(first.value, second.value);
  EXPECT_EQ(first.interval->low, second.interval->low);
  EXPECT_EQ(first.interval->high, second.interval->high);
}

TEST(BootstrapScores, CoversTheTruthAboutAsOftenAsItSays) {
  // P(offset + u + .4 > offset' + u') with four uniforms, by a large sample.
  const double truth = *bootstrap_scores(people(2000, 0.4, 3), auc, kKey, {2, 0.95}).value;
  int covered = 0;
  constexpr int kTrials = 60;
  for (int trial = 0; trial < kTrials; ++trial) {
    const ScoreEstimate estimate = bootstrap_scores(
        people(30, 0.4, 100 + static_cast<std::uint64_t>(trial)), auc, kKey, {120, 0.95});
    covered += estimate.interval->contains(truth) ? 1 : 0;
  }
  EXPECT_GE(covered, kTrials * 0.85);
  EXPECT_LE(covered, kTrials);
}

/// Equal reals of 20 people and fakes of six sources each: what gives a fake away comes from its
/// source.
std::vector<ClusteredScore> fakes_of_sources(std::uint64_t seed, bool name_sources) {
  constexpr std::int64_t kPeople = 20;
  CounterRng rng(seed);
  std::vector<double> effects;
  for (std::int64_t person = 0; person < kPeople; ++person) {
    effects.push_back(rng.uniform());
  }
  std::vector<ClusteredScore> scores;
  for (std::int64_t person = 0; person < kPeople; ++person) {
    for (const double real : {0.3, 0.5, 0.7, 0.9, 1.1}) {
      scores.push_back({real, false, person});
    }
    for (std::int64_t step = 1; step <= 6; ++step) {
      const std::int64_t source = (person + step * step) % kPeople;
      const double score = effects[static_cast<std::size_t>(source)] + 0.4 * rng.uniform();
      scores.push_back(
          {score, true, person, name_sources ? std::optional<std::int64_t>(source) : std::nullopt});
    }
  }
  return scores;
}

TEST(BootstrapScores, ResampleTheSourcesOfFakesToo) {
  const ScoreEstimate two_way = bootstrap_scores(fakes_of_sources(1, true), auc, kKey, {500, 0.95});
  const ScoreEstimate one_way =
      bootstrap_scores(fakes_of_sources(1, false), auc, kKey, {500, 0.95});
  EXPECT_EQ(two_way.value, one_way.value);
  EXPECT_EQ(two_way.n_clusters, 20);
  EXPECT_GT(two_way.interval->half_width(), 1.2 * one_way.interval->half_width());
}

TEST(BootstrapScores, FakesOfOneSourceHaveNoInterval) {
  std::vector<ClusteredScore> scores = people(20, 0.4, 1);
  for (ClusteredScore& score : scores) {
    if (score.is_positive) {
      score.source = 99;
    }
  }
  EXPECT_FALSE(bootstrap_scores(scores, auc, kKey, {50, 0.95}).interval.has_value());
}

TEST(BootstrapScores, OneClassAloneHasNoValue) {
  const ScoreEstimate estimate =
      bootstrap_scores({{0.1, true, 1}, {0.2, true, 2}}, auc, kKey, {50, 0.95});
  EXPECT_FALSE(estimate.value.has_value());
  EXPECT_FALSE(estimate.interval.has_value());
}

TEST(BootstrapScores, OnePersonHasNoInterval) {
  const ScoreEstimate estimate =
      bootstrap_scores({{0.1, true, 1}, {0.2, false, 1}}, auc, kKey, {50, 0.95});
  EXPECT_EQ(estimate.value, 0);
  EXPECT_FALSE(estimate.interval.has_value());
}

TEST(BootstrapScores, DrawsWithoutAClassAreRepeated) {
  // Each class in one person: half of the draws hold one class only.
  const ScoreEstimate estimate =
      bootstrap_scores({{0.1, true, 1}, {0.2, false, 2}}, auc, kKey, {50, 0.95});
  ASSERT_TRUE(estimate.interval);
  EXPECT_EQ(estimate.interval->high, 0);
}

/// Clips of `people` scored twice: the second scores are the first with noise, fakes moved by
/// `loss` towards the reals.
std::vector<PairedScore> scored_twice(int n, double loss, std::uint64_t seed) {
  CounterRng rng(seed + 1);
  std::vector<PairedScore> scores;
  for (const ClusteredScore& score : people(n, 0.4, seed)) {
    const double second = score.score + 0.1 * rng.uniform() - (score.is_positive ? loss : 0);
    scores.push_back({score.score, second, score.is_positive, score.cluster});
  }
  return scores;
}

BootstrapEstimate difference(const std::vector<PairedScore>& scores, int replicates = 400) {
  return bootstrap_score_difference(scores, auc, kKey, {replicates, 0.95}).value();
}

TEST(BootstrapScoreDifference, OfEqualScoresIsExactlyZero) {
  std::vector<PairedScore> scores = scored_twice(20, 0, 4);
  for (PairedScore& score : scores) {
    score.second = score.first;
  }
  const BootstrapEstimate result = difference(scores);
  EXPECT_EQ(result.mean, 0);
  EXPECT_EQ(result.interval->low, 0);
  EXPECT_EQ(result.interval->high, 0);
  EXPECT_EQ(result.standard_error, 0);
}

TEST(BootstrapScoreDifference, HandComputed) {
  // First: both fakes above both reals, area 1. Second: one of the four pairs is turned, area .75.
  const std::vector<PairedScore> scores = {
      {0.9, 0.9, true, 1}, {0.8, 0.3, true, 2}, {0.4, 0.4, false, 3}, {0.2, 0.2, false, 4}};
  EXPECT_DOUBLE_EQ(difference(scores).mean, 0.25);
}

TEST(BootstrapScoreDifference, ChangesSignWithTheSides) {
  std::vector<PairedScore> scores = scored_twice(20, 0.2, 5);
  const BootstrapEstimate forth = difference(scores);
  for (PairedScore& score : scores) {
    std::swap(score.first, score.second);
  }
  const BootstrapEstimate back = difference(scores);
  EXPECT_EQ(forth.mean, -back.mean);
  EXPECT_NEAR(forth.interval->low, -back.interval->high, 1e-12);
}

TEST(BootstrapScoreDifference, NeitherOrderNorNumberingMatters) {
  std::vector<PairedScore> scores = scored_twice(20, 0.1, 6);
  const BootstrapEstimate first = difference(scores);
  std::reverse(scores.begin(), scores.end());
  for (PairedScore& score : scores) {
    score.cluster = 7 * score.cluster + 100;
  }
  EXPECT_EQ(first.replicates, difference(scores).replicates);
}

TEST(BootstrapScoreDifference, PairingIsNarrowerThanTwoIntervals) {
  const std::vector<PairedScore> scores = scored_twice(40, 0.1, 7);
  std::vector<ClusteredScore> first;
  for (const PairedScore& score : scores) {
    first.push_back({score.first, score.is_positive, score.cluster});
  }
  const ScoreEstimate alone = bootstrap_scores(first, auc, kKey, {400, 0.95});
  EXPECT_LT(difference(scores).interval->half_width(), alone.interval->half_width() / 2);
}

TEST(BootstrapScoreDifference, AgreesWithDeLongWhereClipsAreIndependent) {
  std::vector<PairedScore> scores = scored_twice(60, 0.3, 8);
  DetectorScores first, second;
  std::int64_t cluster = 0;
  for (PairedScore& score : scores) {
    score.cluster = cluster++;
    (score.is_positive ? first.fake : first.real).push_back(score.first);
    (score.is_positive ? second.fake : second.real).push_back(score.second);
  }
  const BootstrapEstimate result = difference(scores, 1500);
  const AucDifference delong = *delong_difference(first, second);
  EXPECT_NEAR(result.mean, delong.difference, 1e-12);
  EXPECT_NEAR(result.standard_error / delong.standard_error, 1, 0.1);
}

TEST(BootstrapScoreDifference, CoversTheTruthAboutAsOftenAsItSays) {
  const double truth = difference(scored_twice(2000, 0.2, 9), 2).mean;
  int covered = 0;
  constexpr int kTrials = 60;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto scores = scored_twice(30, 0.2, 200 + 2 * static_cast<std::uint64_t>(trial));
    covered += difference(scores, 120).interval->contains(truth) ? 1 : 0;
  }
  EXPECT_GE(covered, kTrials * 0.85);
}

TEST(BootstrapScoreDifference, ResamplesTheSourcesOfFakesToo) {
  const auto half_width = [](bool name_sources) {
    std::vector<PairedScore> scores;
    for (const ClusteredScore& score : fakes_of_sources(2, name_sources)) {
      scores.push_back({score.score, score.is_positive ? score.score / 2 : score.score,
                        score.is_positive, score.cluster, score.source});
    }
    return difference(scores).interval->half_width();
  };
  EXPECT_GT(half_width(true), 1.2 * half_width(false));
}

TEST(BootstrapScoreDifference, OneClassAloneHasNone) {
  EXPECT_FALSE(bootstrap_score_difference({{0.1, 0.2, true, 1}, {0.2, 0.3, true, 2}}, auc, kKey));
  const auto one_person =
      bootstrap_score_difference({{0.3, 0.2, true, 1}, {0.2, 0.3, false, 1}}, auc, kKey);
  EXPECT_EQ(one_person->mean, 1);
  EXPECT_FALSE(one_person->interval);
}

}  // namespace
}  // namespace changeling

#include "common/statistics/cluster_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <numeric>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/statistics/distributions.h"
#include "common/statistics/people.h"
#include "common/statistics/quantile.h"

namespace changeling {
namespace {

const BootstrapKey kKey{"suite", "metric@1", "all"};

double draw_normal(CounterRng& rng) {
  return normal_quantile(std::max(rng.uniform(), 1e-12));
}

/// Clusters with a random effect of variance 1 and items with noise of variance 1; true mean 0.
std::vector<ClusteredValue> simulate(std::uint64_t seed, int n_clusters, int per_cluster) {
  CounterRng rng(seed);
  std::vector<ClusteredValue> values;
  for (int cluster = 0; cluster < n_clusters; ++cluster) {
    const double effect = draw_normal(rng);
    for (int item = 0; item < per_cluster; ++item) {
      values.push_back({effect + draw_normal(rng), cluster});
    }
  }
  return values;
}

template <typename Draw>
double coverage_of_zero(int simulations, const Draw& draw) {
  int covered = 0;
  for (int i = 0; i < simulations; ++i) {
    covered += draw(i).interval.value().contains(0) ? 1 : 0;
  }
  return static_cast<double>(covered) / simulations;
}

TEST(ClusterBootstrap, CoversTheTrueMeanInAbout95PercentOfSimulations) {
  const double coverage = coverage_of_zero(1000, [](int i) {
    return bootstrap_mean(simulate(static_cast<std::uint64_t>(i), 60, 4),
                          {"coverage", std::to_string(i), "all"}, {400, 0.95});
  });
  EXPECT_GE(coverage, 0.93);
  EXPECT_LE(coverage, 0.97);
}

TEST(ClusterBootstrap, IgnoringClustersWouldUndercover) {
  // The same data with every item its own cluster: the reason why the unit is the person.
  const double coverage = coverage_of_zero(300, [](int i) {
    std::vector<ClusteredValue> values = simulate(static_cast<std::uint64_t>(i), 60, 4);
    for (std::size_t item = 0; item < values.size(); ++item) {
      values[item].cluster = static_cast<std::int64_t>(item);
    }
    return bootstrap_mean(values, {"naive", std::to_string(i), "all"}, {400, 0.95});
  });
  EXPECT_LT(coverage, 0.90);
}

TEST(ClusterBootstrap, OrderOfItemsChangesNoBit) {
  std::vector<ClusteredValue> values = simulate(7, 12, 3);
  const BootstrapEstimate sorted = bootstrap_mean(values, kKey);
  CounterRng rng(3);
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[rng.below(i)]);
  }
  const BootstrapEstimate shuffled = bootstrap_mean(values, kKey);
  EXPECT_EQ(sorted.mean, shuffled.mean);
  EXPECT_EQ(sorted.interval->low, shuffled.interval->low);
  EXPECT_EQ(sorted.interval->high, shuffled.interval->high);
  EXPECT_EQ(sorted.standard_error, shuffled.standard_error);
}

TEST(ClusterBootstrap, EightThreadsGiveTheBitsOfOne) {
  const std::vector<ClusteredValue> values = simulate(8, 20, 2);
  const BootstrapEstimate alone = bootstrap_mean(values, kKey);
  std::vector<std::future<BootstrapEstimate>> futures;
  for (int i = 0; i < 8; ++i) {
    futures.push_back(
        std::async(std::launch::async, [&values] { return bootstrap_mean(values, kKey); }));
  }
  for (std::future<BootstrapEstimate>& future : futures) {
    const BootstrapEstimate result = future.get();
    EXPECT_EQ(result.interval->low, alone.interval->low);
    EXPECT_EQ(result.interval->high, alone.interval->high);
  }
}

TEST(ClusterBootstrap, TwoClustersGiveTheThreePossibleMeans) {
  // Draws of two clusters with values 0 and 1: mean 0 (1/4), 0.5 (1/2), 1 (1/4); SD = sqrt(1/8).
  const BootstrapEstimate result = bootstrap_mean({{0, 5}, {1, 9}}, kKey, {20000, 0.95});
  EXPECT_DOUBLE_EQ(result.mean, 0.5);
  EXPECT_DOUBLE_EQ(result.interval->low, 0);
  EXPECT_DOUBLE_EQ(result.interval->high, 1);
  EXPECT_NEAR(result.standard_error, std::sqrt(0.125), 0.005);
  EXPECT_EQ(result.n_clusters, 2);
}

TEST(ClusterBootstrap, OneClusterHasNoInterval) {
  const BootstrapEstimate result = bootstrap_mean({{1, 4}, {3, 4}}, kKey);
  EXPECT_DOUBLE_EQ(result.mean, 2);
  EXPECT_FALSE(result.interval.has_value());
  EXPECT_EQ(result.n, 2);
  EXPECT_EQ(result.n_clusters, 1);
}

TEST(ClusterBootstrap, ConstantValuesGiveAnIntervalOfNoWidth) {
  const BootstrapEstimate result = bootstrap_mean({{2, 1}, {2, 2}, {2, 3}}, kKey);
  EXPECT_EQ(result.interval->low, 2);
  EXPECT_EQ(result.interval->high, 2);
  EXPECT_EQ(result.standard_error, 0);
}

TEST(ClusterBootstrap, KeyChoosesTheDraws) {
  const std::vector<ClusteredValue> values = simulate(9, 20, 1);
  const BootstrapEstimate a = bootstrap_mean(values, {"suite", "a@1", "all"}, {200, 0.95});
  const BootstrapEstimate b = bootstrap_mean(values, {"suite", "b@1", "all"}, {200, 0.95});
  EXPECT_NE(a.interval->low, b.interval->low);
}

TEST(ClusterBootstrap, DrawsAreThoseOfTheGenerator) {
  for (const std::size_t n : {1U, 2U, 3U, 7U, 64U, 1000U, 4097U}) {
    CounterRng rng(derive_seed(5, {kKey.suite, kKey.metric, kKey.slice, "0"}));
    std::vector<int> expected(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
      ++expected[rng.below(n)];
    }
    EXPECT_EQ(draw_cluster_weights(kKey, 5, n), expected) << n;
  }
}

/// Each replicate alone, item by item; `sets` ascend by source and target, at most one item each.
std::vector<double> plain_replicates(const std::vector<std::vector<CrossedValue>>& sets,
                                     std::size_t n_people, int replicates) {
  std::vector<double> means;
  for (int i = 0; i < replicates; ++i) {
    for (int attempt = 0; means.size() == static_cast<std::size_t>(i); ++attempt) {
      const std::vector<int> drawn = draw_cluster_weights(kKey, i, n_people, attempt);
      std::vector<double> sums, counts;
      for (const std::vector<CrossedValue>& set : sets) {
        double sum = 0, count = 0;
        for (const CrossedValue& item : set) {
          const int weight = item_weight(drawn, static_cast<std::size_t>(item.source),
                                         static_cast<std::size_t>(item.target));
          sum += weight * item.value;
          count += weight;
        }
        sums.push_back(sum / count);
        counts.push_back(count);
      }
      if (*std::min_element(counts.begin(), counts.end()) > 0) {
        means.push_back(sets.size() == 1 ? sums[0] : sums[0] - sums[1]);
      }
    }
  }
  std::sort(means.begin(), means.end());
  return means;
}

TEST(ClusterBootstrap, SeveralReplicatesAtOnceHaveTheBitsOfOneAfterAnother) {
  CounterRng rng(17);
  std::vector<CrossedValue> first;
  std::vector<CrossedValue> second;
  for (std::int64_t source = 0; source < 5; ++source) {
    for (std::int64_t target = 0; target < 5; ++target) {
      if ((source + target) % 2 == 0 || source == 4) {
        first.push_back({draw_normal(rng), source, target});
      } else if (source == 1) {
        second.push_back({draw_normal(rng), source, target});
      }
    }
  }
  ASSERT_EQ(second.size(), 3U);  // of one source, so draws miss it and are repeated
  EXPECT_EQ(bootstrap_mean_two_way(first, kKey, {203}).replicates,
            plain_replicates({first}, 5, 203));
  EXPECT_EQ(bootstrap_difference(first, second, kKey, {203}).replicates,
            plain_replicates({first, second}, 5, 203));
}

TEST(ClusterBootstrap, SaysEveryReplicateAndEndsWhereItIsTold) {
  int told = 0;
  BootstrapOptions options{50};
  options.on_replicate = [&told] { ++told; };
  (void)bootstrap_mean(simulate(3, 20, 2), kKey, options);
  EXPECT_EQ(told, 50);
  options.on_replicate = [&told] {
    if (--told == 40) {
      throw Error(ErrorKind::kCancelled, "stopped");
    }
  };
  EXPECT_THROW((void)bootstrap_mean(simulate(3, 20, 2), kKey, options), Error);
  EXPECT_EQ(told, 40);
}

TEST(ClusterBootstrap, RefusesNoValuesAndNan) {
  EXPECT_THROW((void)bootstrap_mean({}, kKey), Error);
  EXPECT_THROW((void)bootstrap_mean({{std::nan(""), 1}, {1, 2}}, kKey), Error);
}

TEST(ClusterBootstrap, RefusesSumsThatOverflow) {
  const double most = 1e308;  // two of them have no sum, and none times that has no value
  EXPECT_THROW((void)bootstrap_mean({{most, 1}, {most, 1}, {-most, 2}, {-most, 2}}, kKey), Error);
}

TEST(ClusterWeights, DrawAsManyAsThereAreClusters) {
  for (int replicate = 0; replicate < 50; ++replicate) {
    const std::vector<int> weights = draw_cluster_weights(kKey, replicate, 7);
    EXPECT_EQ(std::accumulate(weights.begin(), weights.end(), 0), 7);
  }
}

TEST(ClusterWeights, EveryClusterIsDrawnOnceOnAverage) {
  std::vector<double> totals(5, 0);
  for (int replicate = 0; replicate < 4000; ++replicate) {
    const std::vector<int> weights = draw_cluster_weights(kKey, replicate, totals.size());
    for (std::size_t i = 0; i < totals.size(); ++i) {
      totals[i] += weights[i];
    }
  }
  for (const double total : totals) {
    EXPECT_NEAR(total / 4000, 1, 0.06);  // SD of the mean is about 0.014
  }
}

/// Spreads of what the people of a pair do to its value, and how far a person does the same as
/// source and as target.
struct PeopleEffects {
  double source = 0;
  double target = 0;
  double correlation = 0;
};

/// Six pairs for each of `n_people`, all of whom are sources and targets; true mean 0.
std::vector<CrossedValue> simulate_pairs(std::uint64_t seed, std::int64_t n_people,
                                         const PeopleEffects& effects) {
  CounterRng rng(seed);
  std::vector<double> as_source;
  std::vector<double> as_target;
  for (std::int64_t person = 0; person < n_people; ++person) {
    const double own = draw_normal(rng);
    const double other = draw_normal(rng);
    const double rest = std::sqrt(1 - effects.correlation * effects.correlation);
    as_source.push_back(effects.source * own);
    as_target.push_back(effects.target * (effects.correlation * own + rest * other));
  }
  std::vector<CrossedValue> values;
  for (std::int64_t target = 0; target < n_people; ++target) {
    for (std::int64_t pair = 0; pair < 6; ++pair) {
      const auto step =
          static_cast<std::int64_t>(1 + rng.below(static_cast<std::uint64_t>(n_people) - 1));
      const std::int64_t source = (target + step) % n_people;
      values.push_back({as_source[static_cast<std::size_t>(source)] +
                            as_target[static_cast<std::size_t>(target)] + 0.7 * draw_normal(rng),
                        source, target});
    }
  }
  return values;
}

double pair_coverage(std::int64_t n_people, const PeopleEffects& effects) {
  return coverage_of_zero(300, [&](int i) {
    return bootstrap_mean_two_way(simulate_pairs(static_cast<std::uint64_t>(i), n_people, effects),
                                  {"pairs", std::to_string(i), "all"}, {300, 0.95});
  });
}

TEST(TwoWayBootstrap, KeepsItsLevelWhereSourcesMatterAsMuchAsTargets) {
  for (const std::int64_t people : {12, 20, 50}) {
    const double coverage = pair_coverage(people, {1, 1, 0});  // SD 1.3 points
    EXPECT_GE(coverage, 0.915) << people;
    EXPECT_LE(coverage, 0.99) << people;
  }
}

TEST(TwoWayBootstrap, KeepsItsLevelWhereAPersonDoesTheSameAsSourceAndTarget) {
  // Draws of sources apart from those of targets would cover 0 in 88 %.
  EXPECT_GE(pair_coverage(20, {1, 1, 1}), 0.905);
}

TEST(TwoWayBootstrap, IsNotMuchWiderWhereSourcesDoNotMatter) {
  double two_way = 0;
  double one_way = 0;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const std::vector<CrossedValue> values = simulate_pairs(i, 20, {0, 1, 0});
    std::vector<ClusteredValue> of_targets;
    for (const CrossedValue& item : values) {
      of_targets.push_back({item.value, item.target});
    }
    two_way += bootstrap_mean_two_way(values, kKey, {300, 0.95}).interval->half_width();
    one_way += bootstrap_mean(of_targets, kKey, {300, 0.95}).interval->half_width();
  }
  EXPECT_LT(two_way / one_way, 1.25);
  EXPECT_LE(pair_coverage(20, {0, 1, 0}), 0.995);
}

TEST(TwoWayBootstrap, TargetsAloneWouldUndercover) {
  const double coverage = coverage_of_zero(300, [](int i) {
    std::vector<ClusteredValue> values;
    for (const CrossedValue& item : simulate_pairs(static_cast<std::uint64_t>(i), 20, {1, 1, 0})) {
      values.push_back({item.value, item.target});
    }
    return bootstrap_mean(values, {"targets", std::to_string(i), "all"}, {300, 0.95});
  });
  EXPECT_LT(coverage, 0.9);
}

TEST(TwoWayBootstrap, OfItemsOfOnePersonIsTheOneWayBootstrap) {
  std::vector<CrossedValue> crossed;
  const std::vector<ClusteredValue> one_way = simulate(6, 15, 2);
  for (const ClusteredValue& item : one_way) {
    crossed.push_back({item.value, item.cluster, item.cluster});
  }
  const BootstrapEstimate expected = bootstrap_mean(one_way, kKey);
  const BootstrapEstimate result = bootstrap_mean_two_way(crossed, kKey);
  EXPECT_EQ(result.replicates, expected.replicates);
  EXPECT_EQ(result.n_clusters, 15);
}

TEST(TwoWayBootstrap, OneSourceHasNoInterval) {
  const BootstrapEstimate result = bootstrap_mean_two_way({{1, 1, 2}, {2, 1, 3}}, kKey);
  EXPECT_FALSE(result.interval.has_value());
  EXPECT_EQ(result.n_clusters, 1);
}

TEST(TwoWayBootstrap, SparseGridsRepeatDrawsThatMissEveryItem) {
  const BootstrapEstimate result =
      bootstrap_mean_two_way({{1, 1, 11}, {3, 2, 12}}, kKey, {500, 0.95});
  EXPECT_DOUBLE_EQ(result.interval->low, 1);
  EXPECT_DOUBLE_EQ(result.interval->high, 3);
}

TEST(ClusterBootstrap, IntervalsOfTenClustersKeepTheirLevel) {
  // Over 3,000 simulations of ten people: percentile 89 %, expanded 94 %. Here SD is 1.5 points.
  int plain = 0;
  const double expanded = coverage_of_zero(300, [&plain](int i) {
    const BootstrapEstimate estimate =
        bootstrap_mean(simulate(static_cast<std::uint64_t>(i), 10, 4),
                       {"expanded", std::to_string(i), "all"}, {200, 0.95});
    const std::vector<double>& sorted = estimate.replicates;
    plain += quantile_of_sorted(sorted, 0.025) <= 0 && quantile_of_sorted(sorted, 0.975) >= 0;
    return estimate;
  });
  EXPECT_GE(expanded, 0.91);
  EXPECT_LE(expanded, 0.98);
  EXPECT_LT(plain / 300.0, expanded - 0.02);  // the same draws
}

TEST(PValueBelow, IsTheShareOfReplicatesAndNeverZero) {
  BootstrapEstimate estimate;
  estimate.n_clusters = 1'000'000;  // so many that nothing is moved
  estimate.replicates = {-3, -2, -1, 0};
  EXPECT_NEAR(p_value_below(estimate, -1), 0.5, 1e-5);
  EXPECT_NEAR(p_value_below(estimate, 5), 1.0 / 5, 1e-5);
  EXPECT_DOUBLE_EQ(p_value_below(estimate, -9), 1);
  EXPECT_DOUBLE_EQ(p_value_below({}, 0), 1);
}

TEST(PValueBelow, AgreesWithTheEndOfTheInterval) {
  // The interval at 90 % leaves 5 % above it: p of its upper end is 0.05.
  const BootstrapOptions options{4000, 0.9};
  const BootstrapEstimate estimate = bootstrap_mean(simulate(11, 15, 2), kKey, options);
  EXPECT_NEAR(p_value_below(estimate, estimate.interval->high), 0.05, 0.002);
}

TEST(ReplicatesToReject, IsWhereTheSmallestPFallsBelowTheLevel) {
  const double level = 0.05 / 12;
  for (const std::int64_t people : {10, 12, 40}) {
    const std::int64_t enough = replicates_to_reject(level, people);
    const auto smallest_p = [&](std::int64_t replicates) {
      BootstrapEstimate estimate;
      estimate.n_clusters = people;
      estimate.replicates.assign(static_cast<std::size_t>(replicates), -1.0);
      return p_value_below(estimate, 0);
    };
    EXPECT_LT(smallest_p(enough), level) << people;
    EXPECT_GE(smallest_p(enough * 99 / 100 - 1), level) << people;
  }
  // 2,000 replicates are enough for eight tests over ten people, but not for nine.
  EXPECT_LE(replicates_to_reject(0.05 / 8, 10), 2000);
  EXPECT_GT(replicates_to_reject(0.05 / 9, 10), 2000);
}

TEST(PValueOfOneAbove, IsThatOfOneReplicateAboveAndLessThanThatOfTwo) {
  BootstrapEstimate estimate;
  estimate.n_clusters = 10;
  estimate.replicates.assign(2000, -1.0);
  const auto p = [&] { return p_value_below(estimate, 0); };
  EXPECT_LE(p(), p_value_of_one_above(2000, 10));
  estimate.replicates.back() = 1;
  EXPECT_EQ(p(), p_value_of_one_above(2000, 10));
  estimate.replicates[1998] = 1;
  EXPECT_GT(p(), p_value_of_one_above(2000, 10));
  // With the replicates that a level asks for, one may lie above, two are too many.
  const double level = 0.05 / 40;
  const std::int64_t enough = replicates_to_reject(level, 10);
  EXPECT_LT(p_value_of_one_above(enough, 10), level);
  EXPECT_GT(p_value_of_one_above(enough / 2, 10), level);
}

TEST(BootstrapDifference, OfASetWithItselfIsZero) {
  std::vector<CrossedValue> values;
  for (std::int64_t i = 0; i < 12; ++i) {
    values.push_back({static_cast<double>(i * i), i % 5, i % 4});
  }
  const BootstrapEstimate result = bootstrap_difference(values, values, kKey);
  EXPECT_EQ(result.mean, 0);
  EXPECT_EQ(result.interval->low, 0);
  EXPECT_EQ(result.interval->high, 0);
  EXPECT_EQ(result.n, 24);
}

TEST(BootstrapDifference, OfUnrelatedPeopleHasTheErrorOfBothMeans) {
  std::vector<CrossedValue> first;
  std::vector<CrossedValue> second;
  for (const ClusteredValue& item : simulate(21, 40, 3)) {
    first.push_back({item.value, item.cluster, item.cluster});
  }
  for (const ClusteredValue& item : simulate(22, 40, 3)) {
    second.push_back({item.value, 1000 + item.cluster, 1000 + item.cluster});
  }
  // Variance of one mean over 40 people: (1 + 1/3) / 40; twice that for the difference.
  const BootstrapEstimate result = bootstrap_difference(first, second, kKey);
  EXPECT_NEAR(result.standard_error, std::sqrt(2 * (1 + 1.0 / 3) / 40), 0.05);
  EXPECT_EQ(result.n_clusters, 80);
}

TEST(BootstrapStatistic, RepeatsUndefinedDrawsAndSorts) {
  const std::vector<double> replicates =
      bootstrap_statistic(6, kKey, {50}, [](const std::vector<int>& weights) {
        return weights[0] > 0 ? std::optional<double>(weights[1]) : std::nullopt;
      });
  ASSERT_EQ(replicates.size(), 50U);
  EXPECT_TRUE(std::is_sorted(replicates.begin(), replicates.end()));
}

TEST(BootstrapStatistic, SaysEveryReplicate) {
  int told = 0;
  BootstrapOptions options{30};
  options.on_replicate = [&told] { ++told; };
  (void)bootstrap_statistic(6, kKey, options, [](const std::vector<int>& weights) {
    return std::optional<double>(weights[1]);
  });
  EXPECT_EQ(told, 30);
}

TEST(BootstrapStatistic, LeavesOutWhatIsNeverDefined) {
  EXPECT_TRUE(bootstrap_statistic(3, kKey, {5}, [](const std::vector<int>&) {
                return std::optional<double>();
              }).empty());
}

}  // namespace
}  // namespace changeling

#include "common/statistics/score_bootstrap.h"

#include <algorithm>
#include <tuple>

#include "common/statistics/people.h"
#include "common/statistics/quantile.h"

namespace changeling {
namespace {

template <typename Item>
std::int64_t source_of(const Item& item) {
  return item.source.value_or(item.cluster);
}

template <typename Item>
People people_of(const std::vector<Item>& items) {
  std::vector<PeoplePair> pairs;
  for (const Item& item : items) {
    pairs.push_back({source_of(item), item.cluster});
  }
  return People(pairs);
}

std::vector<ScoredItem> weighted(const std::vector<ClusteredScore>& scores, const People& people,
                                 const std::vector<int>& drawn) {
  std::vector<ScoredItem> items;
  items.reserve(scores.size());
  for (const ClusteredScore& score : scores) {
    const int weight =
        item_weight(drawn, people.number(source_of(score)), people.number(score.cluster));
    if (weight > 0) {
      items.push_back({score.score, score.is_positive, static_cast<double>(weight)});
    }
  }
  return items;
}

/// The statistic of one of the two scores of every item.
std::optional<double> statistic_of(const std::vector<PairedScore>& scores, const People& people,
                                   double PairedScore::*side, const ScoreStatistic& statistic,
                                   const std::vector<int>& weights) {
  std::vector<ClusteredScore> one_side;
  one_side.reserve(scores.size());
  for (const PairedScore& score : scores) {
    one_side.push_back({score.*side, score.is_positive, score.cluster, score.source});
  }
  return statistic(weighted(one_side, people, weights));
}

}  // namespace

ScoreEstimate bootstrap_scores(std::vector<ClusteredScore> scores, const ScoreStatistic& statistic,
                               const BootstrapKey& key, const BootstrapOptions& options) {
  // One order for every numbering, so that sums round alike.
  std::sort(scores.begin(), scores.end(), [](const ClusteredScore& a, const ClusteredScore& b) {
    return std::tie(a.score, a.is_positive, a.cluster, a.source) <
           std::tie(b.score, b.is_positive, b.cluster, b.source);
  });
  const People people = people_of(scores);
  ScoreEstimate result;
  for (const ClusteredScore& score : scores) {
    ++(score.is_positive ? result.n_positive : result.n_negative);
  }
  result.n_clusters = people.n_independent();
  result.value = statistic(weighted(scores, people, std::vector<int>(people.size(), 1)));
  if (!result.value || result.n_clusters < 2) {
    return result;
  }
  const std::vector<double> replicates = bootstrap_statistic(
      people.size(), key, options.replicates,
      [&](const auto& weights) { return statistic(weighted(scores, people, weights)); });
  if (replicates.size() < 2) {
    return result;
  }
  result.interval = interval_of_replicates(replicates, result.n_clusters, options);
  return result;
}

std::optional<BootstrapEstimate> bootstrap_score_difference(std::vector<PairedScore> scores,
                                                            const ScoreStatistic& statistic,
                                                            const BootstrapKey& key,
                                                            const BootstrapOptions& options) {
  std::sort(scores.begin(), scores.end(), [](const PairedScore& a, const PairedScore& b) {
    return std::tie(a.first, a.second, a.is_positive, a.cluster, a.source) <
           std::tie(b.first, b.second, b.is_positive, b.cluster, b.source);
  });
  const People people = people_of(scores);
  const auto difference = [&](const std::vector<int>& weights) -> std::optional<double> {
    const auto first = statistic_of(scores, people, &PairedScore::first, statistic, weights);
    const auto second = statistic_of(scores, people, &PairedScore::second, statistic, weights);
    return first && second ? std::optional(*first - *second) : std::nullopt;
  };
  const std::optional<double> whole = difference(std::vector<int>(people.size(), 1));
  if (!whole) {
    return std::nullopt;
  }
  BootstrapEstimate result;
  result.mean = *whole;
  result.n = static_cast<std::int64_t>(scores.size());
  result.n_clusters = people.n_independent();
  if (result.n_clusters < 2) {
    return result;
  }
  result.replicates = bootstrap_statistic(people.size(), key, options.replicates, difference);
  if (result.replicates.size() < 2) {
    result.replicates.clear();
    return result;
  }
  result.interval = interval_of_replicates(result.replicates, result.n_clusters, options);
  result.standard_error = standard_deviation(result.replicates);
  return result;
}

}  // namespace changeling

#include "common/statistics/score_bootstrap.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "common/statistics/quantile.h"

namespace changeling {
namespace {

constexpr int kMaxAttempts = 100;

std::vector<ScoredItem> weighted(const std::vector<ClusteredScore>& scores,
                                 const std::map<std::int64_t, std::size_t>& numbers,
                                 const std::vector<int>& weights) {
  std::vector<ScoredItem> items;
  items.reserve(scores.size());
  for (const ClusteredScore& score : scores) {
    const int weight = weights[numbers.at(score.cluster)];
    if (weight > 0) {
      items.push_back({score.score, score.is_positive, static_cast<double>(weight)});
    }
  }
  return items;
}

}  // namespace

ScoreEstimate bootstrap_scores(std::vector<ClusteredScore> scores, const ScoreStatistic& statistic,
                               const BootstrapKey& key, const BootstrapOptions& options) {
  // One order for every numbering, so that sums round alike.
  std::sort(scores.begin(), scores.end(), [](const ClusteredScore& a, const ClusteredScore& b) {
    return std::tie(a.score, a.is_positive, a.cluster) <
           std::tie(b.score, b.is_positive, b.cluster);
  });
  std::map<std::int64_t, std::size_t> numbers;
  ScoreEstimate result;
  for (const ClusteredScore& score : scores) {
    numbers.emplace(score.cluster, 0);
    ++(score.is_positive ? result.n_positive : result.n_negative);
  }
  std::size_t next = 0;
  for (auto& [cluster, number] : numbers) {
    number = next++;
  }
  result.n_clusters = static_cast<std::int64_t>(numbers.size());
  result.value = statistic(weighted(scores, numbers, std::vector<int>(numbers.size(), 1)));
  if (!result.value || numbers.size() < 2) {
    return result;
  }
  std::vector<double> replicates;
  for (int i = 0; i < options.replicates; ++i) {
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
      const std::vector<int> weights = draw_cluster_weights(key, i, numbers.size(), attempt);
      if (const std::optional<double> value = statistic(weighted(scores, numbers, weights))) {
        replicates.push_back(*value);
        break;
      }
    }
  }
  if (replicates.size() < 2) {
    return result;
  }
  std::sort(replicates.begin(), replicates.end());
  const double tail = (1 - options.confidence) / 2;
  result.interval = {quantile_of_sorted(replicates, tail),
                     quantile_of_sorted(replicates, 1 - tail)};
  return result;
}

}  // namespace changeling

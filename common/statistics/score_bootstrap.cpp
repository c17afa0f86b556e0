#include "common/statistics/score_bootstrap.h"

#include <algorithm>
#include <functional>
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

/// Numbers of an item's people; looked up once, not for every replicate.
struct ItemPeople {
  std::size_t source = 0;
  std::size_t target = 0;
};

template <typename Item>
std::vector<ItemPeople> numbers_of(const std::vector<Item>& items, const People& people) {
  std::vector<ItemPeople> numbers;
  numbers.reserve(items.size());
  for (const Item& item : items) {
    numbers.push_back({people.number(source_of(item)), people.number(item.cluster)});
  }
  return numbers;
}

/// One of the scores of every item, as often as its people are drawn.
template <typename Item>
std::vector<ScoredItem> weighted(const std::vector<Item>& items,
                                 const std::vector<ItemPeople>& numbers, double Item::*score,
                                 const std::vector<int>& drawn) {
  std::vector<ScoredItem> drawn_items;
  drawn_items.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const int weight = item_weight(drawn, numbers[i].source, numbers[i].target);
    if (weight > 0) {
      drawn_items.push_back({items[i].*score, items[i].is_positive, static_cast<double>(weight)});
    }
  }
  return drawn_items;
}

using DrawnStatistic = std::function<std::optional<double>(const std::vector<int>& drawn)>;

/// Estimate of `first` less `second`; nullopt where either is undefined for all items.
std::optional<BootstrapEstimate> difference_of(const DrawnStatistic& first,
                                               const DrawnStatistic& second, const People& people,
                                               std::size_t n_items, const BootstrapKey& key,
                                               const BootstrapOptions& options) {
  const auto difference = [&](const std::vector<int>& drawn) -> std::optional<double> {
    const std::optional<double> high = first(drawn), low = second(drawn);
    return high && low ? std::optional(*high - *low) : std::nullopt;
  };
  const std::optional<double> whole = difference(std::vector<int>(people.size(), 1));
  if (!whole) {
    return std::nullopt;
  }
  BootstrapEstimate result;
  result.mean = *whole;
  result.n = static_cast<std::int64_t>(n_items);
  result.n_clusters = people.n_independent();
  if (result.n_clusters < 2) {
    return result;
  }
  result.replicates = bootstrap_statistic(people.size(), key, options, difference);
  if (result.replicates.size() < 2) {
    result.replicates.clear();
    return result;
  }
  result.interval = interval_of_replicates(result.replicates, result.n_clusters, options);
  result.standard_error = standard_deviation(result.replicates);
  return result;
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
  const std::vector<ItemPeople> numbers = numbers_of(scores, people);
  const auto estimate = [&](const std::vector<int>& drawn) {
    return statistic(weighted(scores, numbers, &ClusteredScore::score, drawn));
  };
  ScoreEstimate result;
  for (const ClusteredScore& score : scores) {
    ++(score.is_positive ? result.n_positive : result.n_negative);
  }
  result.n_clusters = people.n_independent();
  result.value = estimate(std::vector<int>(people.size(), 1));
  if (!result.value || result.n_clusters < 2) {
    return result;
  }
  const std::vector<double> replicates = bootstrap_statistic(people.size(), key, options, estimate);
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
  const std::vector<ItemPeople> numbers = numbers_of(scores, people);
  return difference_of(
      [&](const std::vector<int>& drawn) {
        return statistic(weighted(scores, numbers, &PairedScore::first, drawn));
      },
      [&](const std::vector<int>& drawn) {
        return statistic(weighted(scores, numbers, &PairedScore::second, drawn));
      },
      people, scores.size(), key, options);
}

std::optional<BootstrapEstimate> bootstrap_score_gap(const std::vector<ClusteredScore>& first,
                                                     const std::vector<ClusteredScore>& second,
                                                     const ScoreStatistic& statistic,
                                                     const BootstrapKey& key,
                                                     const BootstrapOptions& options) {
  std::vector<ClusteredScore> both = first;
  both.insert(both.end(), second.begin(), second.end());
  const People people = people_of(both);
  const std::vector<ItemPeople> of_first = numbers_of(first, people);
  const std::vector<ItemPeople> of_second = numbers_of(second, people);
  return difference_of(
      [&](const std::vector<int>& drawn) {
        return statistic(weighted(first, of_first, &ClusteredScore::score, drawn));
      },
      [&](const std::vector<int>& drawn) {
        return statistic(weighted(second, of_second, &ClusteredScore::score, drawn));
      },
      people, both.size(), key, options);
}

}  // namespace changeling

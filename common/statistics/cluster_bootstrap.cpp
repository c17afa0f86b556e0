#include "common/statistics/cluster_bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/statistics/distributions.h"
#include "common/statistics/people.h"
#include "common/statistics/quantile.h"

namespace changeling {
namespace {

/// Items of equal people summed up: all that a replicate of the mean needs.
struct Cell {
  std::size_t source = 0;  // numbers of people
  std::size_t target = 0;
  std::array<double, 2> sum = {};  // of the first and the second set
  std::array<double, 2> count = {};
};

/// One or two sets of items over one numbering of people.
struct Cells {
  std::vector<Cell> cells;
  std::size_t n_people = 0;
  std::int64_t n_independent = 0;
  bool has_second = false;
};

People people_of(const std::vector<CrossedValue>& first, const std::vector<CrossedValue>& second) {
  std::vector<PeoplePair> items;
  for (const auto* set : {&first, &second}) {
    for (const CrossedValue& item : *set) {
      CHANGELING_REQUIRE(std::isfinite(item.value), "a value to be averaged is finite");
      items.push_back({item.source, item.target});
    }
  }
  return People(items);
}

using Groups = std::map<std::pair<std::size_t, std::size_t>, std::array<std::vector<double>, 2>>;

/// Sums by (source, target), each in ascending order of the values, so that the order of items is
/// lost.
Cells sum_cells(const std::vector<CrossedValue>& first, const std::vector<CrossedValue>& second) {
  const People people = people_of(first, second);
  Groups groups;
  for (std::size_t set = 0; set < 2; ++set) {
    for (const CrossedValue& item : set == 0 ? first : second) {
      groups[{people.number(item.source), people.number(item.target)}][set].push_back(item.value);
    }
  }
  Cells result{{}, people.size(), people.n_independent(), !second.empty()};
  result.cells.reserve(groups.size());
  for (auto& [place, members] : groups) {
    Cell cell{place.first, place.second};
    for (std::size_t set = 0; set < 2; ++set) {
      cell.count[set] = static_cast<double>(members[set].size());
      cell.sum[set] = members[set].empty() ? 0 : mean(std::move(members[set])) * cell.count[set];
    }
    result.cells.push_back(cell);
  }
  return result;
}

/// Weighted mean of the first set, minus that of the second where there is one.
std::optional<double> weighted_mean(const Cells& cells, const std::vector<int>& drawn) {
  std::array<double, 2> sum = {};
  std::array<double, 2> count = {};
  for (const Cell& cell : cells.cells) {
    const double weight = item_weight(drawn, cell.source, cell.target);
    for (std::size_t set = 0; set < 2; ++set) {
      sum[set] += weight * cell.sum[set];
      count[set] += weight * cell.count[set];
    }
  }
  if (!(count[0] > 0) || (cells.has_second && !(count[1] > 0))) {
    return std::nullopt;
  }
  return sum[0] / count[0] - (cells.has_second ? sum[1] / count[1] : 0);
}

/// One replicate. A draw may miss every item; it is repeated with the next attempt.
double draw_mean(const Cells& cells, const BootstrapKey& key, int replicate) {
  for (int attempt = 0;; ++attempt) {
    const std::vector<int> drawn = draw_cluster_weights(key, replicate, cells.n_people, attempt);
    if (const std::optional<double> value = weighted_mean(cells, drawn)) {
      return *value;
    }
  }
}

double plain_mean(const std::vector<CrossedValue>& values) {
  std::vector<double> plain;
  plain.reserve(values.size());
  for (const CrossedValue& item : values) {
    plain.push_back(item.value);
  }
  return mean(std::move(plain));
}

BootstrapEstimate estimate(const std::vector<CrossedValue>& first,
                           const std::vector<CrossedValue>& second, const BootstrapKey& key,
                           const BootstrapOptions& options) {
  CHANGELING_REQUIRE(!first.empty(), "an interval of no values is undefined");
  CHANGELING_REQUIRE(options.replicates >= 2, "a bootstrap needs two replicates or more");
  const Cells cells = sum_cells(first, second);
  BootstrapEstimate result;
  result.mean = plain_mean(first) - (second.empty() ? 0 : plain_mean(second));
  result.n = static_cast<std::int64_t>(first.size() + second.size());
  result.n_clusters = cells.n_independent;
  if (result.n_clusters < 2) {
    return result;
  }
  result.replicates.reserve(static_cast<std::size_t>(options.replicates));
  for (int i = 0; i < options.replicates; ++i) {
    result.replicates.push_back(draw_mean(cells, key, i));
  }
  std::sort(result.replicates.begin(), result.replicates.end());
  result.interval = interval_of_replicates(result.replicates, result.n_clusters, options);
  result.standard_error = standard_deviation(result.replicates);
  return result;
}

/// How far the expanded interval reaches beyond the normal one, as a factor of its quantile.
double expansion(std::int64_t n_clusters) {
  const auto n = static_cast<double>(n_clusters);
  return std::sqrt(n / (n - 1));
}

/// What a share of replicates says of clusters whose spread is itself uncertain.
double expanded_p(double share, std::int64_t n_clusters) {
  const double t = normal_quantile(share) / expansion(n_clusters);
  return student_t_distribution(t, static_cast<double>(n_clusters - 1));
}

}  // namespace

std::vector<int> draw_cluster_weights(const BootstrapKey& key, int replicate,
                                      std::size_t n_clusters, int attempt) {
  CHANGELING_REQUIRE(n_clusters > 0, "there is no cluster to draw");
  CounterRng rng(derive_seed(static_cast<std::uint64_t>(replicate),
                             {key.suite, key.metric, key.slice, std::to_string(attempt)}));
  std::vector<int> weights(n_clusters, 0);
  for (std::size_t draw = 0; draw < n_clusters; ++draw) {
    ++weights[rng.below(n_clusters)];
  }
  return weights;
}

BootstrapEstimate bootstrap_mean(const std::vector<ClusteredValue>& values, const BootstrapKey& key,
                                 const BootstrapOptions& options) {
  std::vector<CrossedValue> crossed;
  crossed.reserve(values.size());
  for (const ClusteredValue& item : values) {
    crossed.push_back({item.value, item.cluster, item.cluster});
  }
  return estimate(crossed, {}, key, options);
}

BootstrapEstimate bootstrap_mean_two_way(const std::vector<CrossedValue>& values,
                                         const BootstrapKey& key, const BootstrapOptions& options) {
  return estimate(values, {}, key, options);
}

bool are_alike(const std::vector<CrossedValue>& values) {
  return std::all_of(values.begin(), values.end(), [&values](const CrossedValue& value) {
    return value.value == values.front().value;
  });
}

BootstrapEstimate bootstrap_difference(const std::vector<CrossedValue>& first,
                                       const std::vector<CrossedValue>& second,
                                       const BootstrapKey& key, const BootstrapOptions& options) {
  CHANGELING_REQUIRE(!second.empty(), "a difference from no values is undefined");
  return estimate(first, second, key, options);
}

std::vector<double> bootstrap_statistic(std::size_t n_clusters, const BootstrapKey& key,
                                        int replicates, const ClusterStatistic& statistic) {
  constexpr int kAttempts = 100;
  std::vector<double> values;
  for (int i = 0; i < replicates; ++i) {
    std::optional<double> value;
    for (int attempt = 0; !value && attempt < kAttempts; ++attempt) {
      value = statistic(draw_cluster_weights(key, i, n_clusters, attempt));
    }
    if (value) {
      values.push_back(*value);
    }
  }
  std::sort(values.begin(), values.end());
  return values;
}

Interval interval_of_replicates(const std::vector<double>& replicates, std::int64_t n_clusters,
                                const BootstrapOptions& options) {
  CHANGELING_REQUIRE(replicates.size() >= 2 && n_clusters >= 2,
                     "an interval needs two replicates and two clusters");
  const double t =
      student_t_quantile((1 - options.confidence) / 2, static_cast<double>(n_clusters - 1));
  const double tail = normal_distribution(expansion(n_clusters) * t);
  return {quantile_of_sorted(replicates, tail), quantile_of_sorted(replicates, 1 - tail)};
}

double p_value_below(const BootstrapEstimate& estimate, double threshold) {
  const std::vector<double>& replicates = estimate.replicates;
  if (replicates.empty()) {
    return 1;
  }
  const auto first_above = std::lower_bound(replicates.begin(), replicates.end(), threshold);
  const auto above = static_cast<double>(replicates.end() - first_above);
  const auto n = static_cast<double>(replicates.size());
  const double share = std::max(above / n, 1 / (n + 1));
  return share >= 1 ? 1 : expanded_p(share, estimate.n_clusters);
}

std::int64_t replicates_to_reject(double level, std::int64_t n_clusters) {
  CHANGELING_REQUIRE(level > 0 && level < 0.5 && n_clusters >= 2,
                     "a level lies in (0, 0.5), and a spread needs two clusters");
  // The share that becomes `level`, then a little more, since p must lie below it.
  const double t = student_t_quantile(level, static_cast<double>(n_clusters - 1));
  const double share = normal_distribution(expansion(n_clusters) * t);
  return static_cast<std::int64_t>(std::ceil(std::min(1.001 / share, 1e15)));
}

double p_value_of_one_above(std::int64_t n_replicates, std::int64_t n_clusters) {
  CHANGELING_REQUIRE(n_replicates >= 2 && n_clusters >= 2,
                     "a p value needs two replicates and two clusters");
  return expanded_p(1 / static_cast<double>(n_replicates), n_clusters);
}

}  // namespace changeling

#include "common/statistics/cluster_bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/statistics/distributions.h"
#include "common/statistics/quantile.h"

namespace changeling {
namespace {

/// Items of equal clusters summed up: all that a replicate of the mean needs.
struct Cell {
  std::size_t source = 0;  // dense number of the cluster; 0 for one-way
  std::size_t target = 0;
  std::array<double, 2> sum = {};  // of the first and the second set
  std::array<double, 2> count = {};
};

/// One or two sets of items over one numbering of clusters.
struct Cells {
  std::vector<Cell> cells;
  std::size_t n_sources = 0;
  std::size_t n_targets = 0;
  bool has_second = false;
};

using Numbers = std::map<std::int64_t, std::size_t>;

Numbers number_clusters(const std::set<std::int64_t>& clusters) {
  Numbers numbers;
  for (const std::int64_t cluster : clusters) {
    numbers.emplace(cluster, numbers.size());
  }
  return numbers;
}

using Groups = std::map<std::pair<std::size_t, std::size_t>, std::array<std::vector<double>, 2>>;

/// Sums by (source, target), each in ascending order of the values, so that the order of items is
/// lost.
Cells sum_cells(const std::vector<CrossedValue>& first, const std::vector<CrossedValue>& second,
                bool two_way) {
  std::set<std::int64_t> source_ids;
  std::set<std::int64_t> target_ids;
  for (const auto* items : {&first, &second}) {
    for (const CrossedValue& item : *items) {
      CHANGELING_REQUIRE(std::isfinite(item.value), "a value to be averaged is finite");
      source_ids.insert(two_way ? item.source : 0);
      target_ids.insert(item.target);
    }
  }
  const Numbers sources = number_clusters(source_ids);
  const Numbers targets = number_clusters(target_ids);
  Groups groups;
  for (std::size_t set = 0; set < 2; ++set) {
    for (const CrossedValue& item : set == 0 ? first : second) {
      groups[{sources.at(two_way ? item.source : 0), targets.at(item.target)}][set].push_back(
          item.value);
    }
  }
  Cells result{{}, sources.size(), targets.size(), !second.empty()};
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
std::optional<double> weighted_mean(const Cells& cells, const std::vector<int>& sources,
                                    const std::vector<int>& targets) {
  std::array<double, 2> sum = {};
  std::array<double, 2> count = {};
  for (const Cell& cell : cells.cells) {
    const double weight = static_cast<double>(sources[cell.source]) * targets[cell.target];
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

/// One replicate. Crossed draws may miss every item; such a draw is repeated with the next attempt.
double draw_mean(const Cells& cells, const BootstrapKey& key, int replicate) {
  BootstrapKey source_key = key;
  source_key.slice += "|source";
  for (int attempt = 0;; ++attempt) {
    const std::vector<int> sources =
        cells.n_sources == 1
            ? std::vector<int>{1}
            : draw_cluster_weights(source_key, replicate, cells.n_sources, attempt);
    const std::vector<int> targets = draw_cluster_weights(key, replicate, cells.n_targets, attempt);
    if (const std::optional<double> value = weighted_mean(cells, sources, targets)) {
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
                           const std::vector<CrossedValue>& second, bool two_way,
                           const BootstrapKey& key, const BootstrapOptions& options) {
  CHANGELING_REQUIRE(!first.empty(), "an interval of no values is undefined");
  CHANGELING_REQUIRE(options.replicates >= 2, "a bootstrap needs two replicates or more");
  const Cells cells = sum_cells(first, second, two_way);
  BootstrapEstimate result;
  result.mean = plain_mean(first) - (second.empty() ? 0 : plain_mean(second));
  result.n = static_cast<std::int64_t>(first.size() + second.size());
  result.n_clusters = static_cast<std::int64_t>(two_way ? std::min(cells.n_sources, cells.n_targets)
                                                        : cells.n_targets);
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
    crossed.push_back({item.value, 0, item.cluster});
  }
  return estimate(crossed, {}, false, key, options);
}

BootstrapEstimate bootstrap_mean_two_way(const std::vector<CrossedValue>& values,
                                         const BootstrapKey& key, const BootstrapOptions& options) {
  return estimate(values, {}, true, key, options);
}

BootstrapEstimate bootstrap_difference(const std::vector<CrossedValue>& first,
                                       const std::vector<CrossedValue>& second, bool two_way,
                                       const BootstrapKey& key, const BootstrapOptions& options) {
  CHANGELING_REQUIRE(!second.empty(), "a difference from no values is undefined");
  return estimate(first, second, two_way, key, options);
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
  double tail = (1 - options.confidence) / 2;
  if (options.kind == IntervalKind::kExpandedPercentile) {
    const double t = student_t_quantile(tail, static_cast<double>(n_clusters - 1));
    tail = normal_distribution(expansion(n_clusters) * t);
  }
  return {quantile_of_sorted(replicates, tail), quantile_of_sorted(replicates, 1 - tail)};
}

double p_value_below(const BootstrapEstimate& estimate, double threshold, IntervalKind kind) {
  const std::vector<double>& replicates = estimate.replicates;
  if (replicates.empty()) {
    return 1;
  }
  const auto first_above = std::lower_bound(replicates.begin(), replicates.end(), threshold);
  const auto above = static_cast<double>(replicates.end() - first_above);
  const auto n = static_cast<double>(replicates.size());
  const double share = std::max(above / n, 1 / (n + 1));
  if (kind == IntervalKind::kPercentile || share >= 1) {
    return share;
  }
  return expanded_p(share, estimate.n_clusters);
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

#include "common/statistics/cluster_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/statistics/quantile.h"

namespace changeling {
namespace {

/// Items of equal clusters summed up: all that a replicate of the mean needs.
struct Cell {
  std::size_t source = 0;  // dense number of the cluster; 0 for one-way
  std::size_t target = 0;
  double sum = 0;
  double count = 0;
};

std::map<std::int64_t, std::size_t> number_clusters(std::vector<std::int64_t> clusters) {
  std::sort(clusters.begin(), clusters.end());
  std::map<std::int64_t, std::size_t> numbers;
  for (const std::int64_t cluster : clusters) {
    numbers.emplace(cluster, numbers.size());
  }
  return numbers;
}

/// Sums by (source, target), each in ascending order of the values, so that the order of items is
/// lost.
std::vector<Cell> sum_cells(const std::vector<CrossedValue>& values,
                            const std::map<std::int64_t, std::size_t>& sources,
                            const std::map<std::int64_t, std::size_t>& targets) {
  std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> groups;
  for (const CrossedValue& item : values) {
    CHANGELING_REQUIRE(std::isfinite(item.value), "a value to be averaged is finite");
    groups[{sources.at(item.source), targets.at(item.target)}].push_back(item.value);
  }
  std::vector<Cell> cells;
  cells.reserve(groups.size());
  for (auto& [cell, members] : groups) {
    const auto count = static_cast<double>(members.size());
    cells.push_back({cell.first, cell.second, mean(std::move(members)) * count, count});
  }
  return cells;
}

std::optional<double> weighted_mean(const std::vector<Cell>& cells, const std::vector<int>& sources,
                                    const std::vector<int>& targets) {
  double sum = 0;
  double count = 0;
  for (const Cell& cell : cells) {
    const double weight = static_cast<double>(sources[cell.source]) * targets[cell.target];
    sum += weight * cell.sum;
    count += weight * cell.count;
  }
  return count > 0 ? std::optional<double>(sum / count) : std::nullopt;
}

/// One replicate. Crossed draws may miss every item; such a draw is repeated with the next attempt.
double draw_mean(const std::vector<Cell>& cells, const BootstrapKey& key, int replicate,
                 std::size_t n_sources, std::size_t n_targets) {
  BootstrapKey source_key = key;
  source_key.slice += "|source";
  for (int attempt = 0;; ++attempt) {
    const std::vector<int> sources =
        n_sources == 1 ? std::vector<int>{1}
                       : draw_cluster_weights(source_key, replicate, n_sources, attempt);
    const std::vector<int> targets = draw_cluster_weights(key, replicate, n_targets, attempt);
    if (const std::optional<double> value = weighted_mean(cells, sources, targets)) {
      return *value;
    }
  }
}

double standard_deviation(const std::vector<double>& values) {
  const double center = mean(values);
  double squares = 0;
  for (const double value : values) {
    squares += (value - center) * (value - center);
  }
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

BootstrapEstimate estimate(const std::vector<CrossedValue>& values, const BootstrapKey& key,
                           const BootstrapOptions& options, bool two_way) {
  CHANGELING_REQUIRE(!values.empty(), "an interval of no values is undefined");
  CHANGELING_REQUIRE(options.replicates >= 2, "a bootstrap needs two replicates or more");
  std::vector<std::int64_t> source_ids;
  std::vector<std::int64_t> target_ids;
  std::vector<double> plain;
  for (const CrossedValue& item : values) {
    source_ids.push_back(item.source);
    target_ids.push_back(item.target);
    plain.push_back(item.value);
  }
  const auto sources = number_clusters(std::move(source_ids));
  const auto targets = number_clusters(std::move(target_ids));
  const std::vector<Cell> cells = sum_cells(values, sources, targets);

  BootstrapEstimate result;
  result.mean = mean(std::move(plain));
  result.n = static_cast<std::int64_t>(values.size());
  result.n_clusters = static_cast<std::int64_t>(two_way ? std::min(sources.size(), targets.size())
                                                        : targets.size());
  if (result.n_clusters < 2) {
    return result;
  }
  std::vector<double> replicates;
  replicates.reserve(static_cast<std::size_t>(options.replicates));
  for (int i = 0; i < options.replicates; ++i) {
    replicates.push_back(draw_mean(cells, key, i, sources.size(), targets.size()));
  }
  std::sort(replicates.begin(), replicates.end());
  const double tail = (1 - options.confidence) / 2;
  result.interval = {quantile_of_sorted(replicates, tail),
                     quantile_of_sorted(replicates, 1 - tail)};
  result.standard_error = standard_deviation(replicates);
  return result;
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
  return estimate(crossed, key, options, false);
}

BootstrapEstimate bootstrap_mean_two_way(const std::vector<CrossedValue>& values,
                                         const BootstrapKey& key, const BootstrapOptions& options) {
  return estimate(values, key, options, true);
}

}  // namespace changeling

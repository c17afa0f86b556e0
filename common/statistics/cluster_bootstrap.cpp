#include "common/statistics/cluster_bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <utility>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/statistics/distributions.h"
#include "common/statistics/people.h"
#include "common/statistics/quantile.h"

namespace changeling {
namespace {

void tell(const BootstrapOptions& options) {
  if (options.on_replicate) {
    options.on_replicate();
  }
}

/// Items of equal people summed up: all that a replicate of the mean needs.
struct Cell {
  std::uint32_t source = 0;  // numbers of people; of an item of one person alone Cells::nobody
  std::uint32_t target = 0;
  double sum = 0;
  double count = 0;
};

/// One or two sets of items over one numbering of people.
struct Cells {
  std::array<std::vector<Cell>, 2> sets;
  std::size_t n_people = 0;
  std::int64_t n_independent = 0;

  [[nodiscard]] std::size_t nobody() const { return n_people; }

  [[nodiscard]] bool has_second() const { return !sets[1].empty(); }
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

/// Sums of one set by (source, target), each in ascending order of the values, so that the order of
/// items is lost.
std::vector<Cell> sum_set(std::vector<CrossedValue> items, const People& people) {
  const auto order = [](const CrossedValue& item) {
    return std::tie(item.source, item.target, item.value);
  };
  std::sort(items.begin(), items.end(),
            [&](const CrossedValue& a, const CrossedValue& b) { return order(a) < order(b); });
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < items.size();) {
    const auto [value, source, target] = items[i];
    std::vector<double> members;
    for (; i < items.size() && items[i].source == source && items[i].target == target; ++i) {
      members.push_back(items[i].value);
    }
    const auto count = static_cast<double>(members.size());
    const std::size_t number = source == target ? people.size() : people.number(source);
    cells.push_back({static_cast<std::uint32_t>(number),
                     static_cast<std::uint32_t>(people.number(target)),
                     mean(std::move(members)) * count, count});
  }
  return cells;
}

Cells sum_cells(const std::vector<CrossedValue>& first, const std::vector<CrossedValue>& second) {
  const People people = people_of(first, second);
  return {{sum_set(first, people), sum_set(second, people)}, people.size(), people.n_independent()};
}

/// Replicates that are weighed in one walk over the cells: reading these, and waiting for the sum
/// before, takes most of the time of one alone.
constexpr std::size_t kLanes = 4;
using Lanes = std::array<double, kLanes>;

/// A mean a lane; of a draw that missed every item there is none.
struct LaneMeans {
  Lanes values = {};
  std::array<bool, kLanes> missed = {};
};

/// How often each person is drawn, by number, in each lane; nobody counts once (see item_weight).
class DrawnPeople {
 public:
  explicit DrawnPeople(const Cells& cells) : times_(cells.n_people + 1) {
    times_[cells.nobody()].fill(1);
  }

  void set(std::size_t lane, const std::vector<int>& weights) {
    for (std::size_t person = 0; person < weights.size(); ++person) {
      times_[person][lane] = weights[person];
    }
  }

  /// Weighted means of a set. Each lane's sums run over the cells in their order, so they have the
  /// bits of a lane that is alone.
  [[nodiscard]] LaneMeans means(const std::vector<Cell>& cells) const {
    Lanes sum = {}, count = {}, weight = {};
    for (const Cell& cell : cells) {
      const Lanes& source = times_[cell.source];
      const Lanes& target = times_[cell.target];
      for (std::size_t lane = 0; lane < kLanes; ++lane) {  // three loops: vectors at -O2
        weight[lane] = source[lane] * target[lane];
      }
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        sum[lane] += weight[lane] * cell.sum;
      }
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        count[lane] += weight[lane] * cell.count;
      }
    }
    LaneMeans means;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      means.missed[lane] = !(count[lane] > 0);
      means.values[lane] = sum[lane] / count[lane];
    }
    return means;
  }

 private:
  std::vector<Lanes> times_;
};

/// Means of the first set, minus those of the second where there is one.
LaneMeans weighted_means(const Cells& cells, const DrawnPeople& drawn) {
  LaneMeans means = drawn.means(cells.sets[0]);
  if (cells.has_second()) {
    const LaneMeans others = drawn.means(cells.sets[1]);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      means.values[lane] -= others.values[lane];
      means.missed[lane] = means.missed[lane] || others.missed[lane];
    }
  }
  return means;
}

/// All replicates, in their order. A draw may miss every item; it is repeated with the next
/// attempt.
std::vector<double> draw_means(const Cells& cells, const BootstrapKey& key,
                               const BootstrapOptions& options) {
  std::vector<double> replicates;
  replicates.reserve(static_cast<std::size_t>(options.replicates));
  DrawnPeople drawn(cells);
  for (int first = 0; first < options.replicates; first += static_cast<int>(kLanes)) {
    const int n = std::min(static_cast<int>(kLanes), options.replicates - first);
    for (int lane = 0; lane < n; ++lane) {
      drawn.set(static_cast<std::size_t>(lane),
                draw_cluster_weights(key, first + lane, cells.n_people));
    }
    LaneMeans means = weighted_means(cells, drawn);
    for (int lane = 0; lane < n; ++lane) {
      const auto place = static_cast<std::size_t>(lane);
      for (int attempt = 1; means.missed[place]; ++attempt) {
        drawn.set(place, draw_cluster_weights(key, first + lane, cells.n_people, attempt));
        const LaneMeans again = weighted_means(cells, drawn);
        means.values[place] = again.values[place];
        means.missed[place] = again.missed[place];
      }
      CHANGELING_REQUIRE(std::isfinite(means.values[place]), "sums of values are finite");
      replicates.push_back(means.values[place]);
      tell(options);
    }
  }
  return replicates;
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
  result.replicates = draw_means(cells, key, options);
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
  DrawBelow draw(derive_seed(static_cast<std::uint64_t>(replicate),
                             {key.suite, key.metric, key.slice, std::to_string(attempt)}),
                 n_clusters);
  std::vector<int> weights(n_clusters, 0);
  for (std::size_t i = 0; i < n_clusters; ++i) {
    ++weights[draw()];
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
                                        const BootstrapOptions& options,
                                        const ClusterStatistic& statistic) {
  constexpr int kAttempts = 100;
  std::vector<double> values;
  for (int i = 0; i < options.replicates; ++i) {
    std::optional<double> value;
    for (int attempt = 0; !value && attempt < kAttempts; ++attempt) {
      value = statistic(draw_cluster_weights(key, i, n_clusters, attempt));
    }
    if (value) {
      values.push_back(*value);
    }
    tell(options);
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

// common/statistics/cluster_bootstrap.h: intervals of means over items that are not independent, by
// resampling whole clusters (people). Layer 1, standard library only. See docs/decisions/005, 006,
// 019.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/statistics/interval.h"

namespace changeling {

/// What fixes the random draws of one interval besides replicate and cluster.
struct BootstrapKey {
  std::string suite;   ///< what is compared with what, for example the digest of the pair list
  std::string metric;  ///< "id_margin@1"
  std::string slice = "all";
};

struct BootstrapOptions {
  int replicates = 2000;  ///< 2,000 nightly, 10,000 for a release
  double confidence = 0.95;
  /// Called after each replicate; what it throws ends the drawing.
  std::function<void()> on_replicate = {};
};

/// One item. Equal `cluster` = not independent (the same target subject). For a paired comparison
/// of two runs the value is the difference of the two.
struct ClusteredValue {
  double value = 0;
  std::int64_t cluster = 0;
};

/// One item of two people, source and target subject of a fake. Equal = one person alone.
struct CrossedValue {
  double value = 0;
  std::int64_t source = 0;
  std::int64_t target = 0;
};

struct BootstrapEstimate {
  double mean = 0;
  /// Expanded percentile interval. Absent with fewer than two clusters: the spread between people
  /// cannot be seen in one person.
  std::optional<Interval> interval;
  double standard_error = 0;  ///< standard deviation of the replicates; 0 without interval
  std::int64_t n = 0;
  std::int64_t n_clusters = 0;     ///< People::n_independent
  std::vector<double> replicates;  ///< ascending; empty without interval
};

/// How often each of `n_clusters` clusters is drawn in one replicate: `n_clusters` draws with
/// replacement. Depends on its arguments alone, so replicates may run in any order and on any
/// thread. `attempt` gives further draws for replicates that cannot be used.
[[nodiscard]] std::vector<int> draw_cluster_weights(const BootstrapKey& key, int replicate,
                                                    std::size_t n_clusters, int attempt = 0);

/// Mean with a one-way cluster bootstrap interval. The order of `values` and the numbering of
/// clusters that keeps their order do not change a bit of the result. Needs at least one value, all
/// finite.
[[nodiscard]] BootstrapEstimate bootstrap_mean(const std::vector<ClusteredValue>& values,
                                               const BootstrapKey& key,
                                               const BootstrapOptions& options = {});

/// Mean of items of two people. People are drawn, and each draw counts for all that they take part
/// in, as source and as target (item_weight): what a person does as either is in the interval, also
/// where the two go together. Items of one person alone give what bootstrap_mean does.
[[nodiscard]] BootstrapEstimate bootstrap_mean_two_way(const std::vector<CrossedValue>& values,
                                                       const BootstrapKey& key,
                                                       const BootstrapOptions& options = {});

/// True where all values are one, so that no replicate could differ from the others.
[[nodiscard]] bool are_alike(const std::vector<CrossedValue>& values);

/// Mean of `first` minus mean of `second`, for two sets of different items. A person who appears in
/// both is drawn for both. `n` counts both sets. Needs at least one value in each.
[[nodiscard]] BootstrapEstimate bootstrap_difference(const std::vector<CrossedValue>& first,
                                                     const std::vector<CrossedValue>& second,
                                                     const BootstrapKey& key,
                                                     const BootstrapOptions& options = {});

/// A statistic of weighted clusters; nullopt when a draw leaves it undefined.
using ClusterStatistic = std::function<std::optional<double>(const std::vector<int>& weights)>;

/// Replicates of any statistic, for example an area under a ROC curve, in ascending order. A draw
/// that leaves it undefined is repeated, up to 100 times; replicates that stay undefined are left
/// out.
[[nodiscard]] std::vector<double> bootstrap_statistic(std::size_t n_clusters,
                                                      const BootstrapKey& key,
                                                      const BootstrapOptions& options,
                                                      const ClusterStatistic& statistic);

/// Interval of ascending replicates that came from `n_clusters` clusters. Needs two or more of
/// each. The percentile interval of a few clusters is too narrow: its quantiles behave like the
/// normal distribution and a variance over n, not n - 1. They are moved to where Student's t with n
/// - 1 degrees of freedom and the unbiased variance lie (Hesterberg 2015, "What teachers should
/// know about the bootstrap", section 3.2).
[[nodiscard]] Interval interval_of_replicates(const std::vector<double>& replicates,
                                              std::int64_t n_clusters,
                                              const BootstrapOptions& options);

/// One-sided p value of "the true mean is below `threshold`": the share of replicates at or above
/// it, never less than 1 / (replicates + 1), moved as interval_of_replicates moves its quantiles. 1
/// without replicates.
[[nodiscard]] double p_value_below(const BootstrapEstimate& estimate, double threshold);

/// Fewest replicates with which p_value_below over `n_clusters` can fall below `level`, in (0,
/// 0.5): its floor of 1 / (replicates + 1) counts for more the fewer clusters there are. Needs two
/// clusters or more.
[[nodiscard]] std::int64_t replicates_to_reject(double level, std::int64_t n_clusters);

/// p_value_below when one of `n_replicates` lies at or above the threshold:
/// up to here more replicates may give a p small enough for what these cannot reject. Above, two
/// or more lie there, and stay among the more. Needs two replicates and two clusters or more.
[[nodiscard]] double p_value_of_one_above(std::int64_t n_replicates, std::int64_t n_clusters);

}  // namespace changeling

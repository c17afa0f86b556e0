// common/statistics/score_bootstrap.h: intervals of detector metrics by resampling whole people.
// Layer 1, standard library only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "common/statistics/cluster_bootstrap.h"
#include "common/statistics/roc.h"

namespace changeling {

/// A scored clip. `cluster` is the person seen: fakes and reals of one person are drawn together.
/// `source` is the other person of a fake, who is drawn too (bootstrap_mean_two_way); absent = one
/// person alone.
struct ClusteredScore {
  double score = 0;
  bool is_positive = false;
  std::int64_t cluster = 0;
  std::optional<std::int64_t> source = std::nullopt;
};

/// A number of weighted scores; nullopt where it is undefined.
using ScoreStatistic = std::function<std::optional<double>(const std::vector<ScoredItem>&)>;

struct ScoreEstimate {
  std::optional<double> value;
  /// Expanded percentile interval; absent with fewer than two clusters or when the value is
  /// undefined.
  std::optional<Interval> interval;
  std::int64_t n_positive = 0;
  std::int64_t n_negative = 0;
  std::int64_t n_clusters = 0;  ///< People::n_independent
};

/// A clip that two detectors scored, or one detector in two versions of the clip.
struct PairedScore {
  double first = 0;
  double second = 0;
  bool is_positive = false;
  std::int64_t cluster = 0;
  std::optional<std::int64_t> source = std::nullopt;
};

/// The statistic with its interval. Draws in which it is undefined (one class missing) are repeated
/// with the next attempt, at most 100 times. Neither order nor numbering of items matters.
[[nodiscard]] ScoreEstimate bootstrap_scores(std::vector<ClusteredScore> scores,
                                             const ScoreStatistic& statistic,
                                             const BootstrapKey& key,
                                             const BootstrapOptions& options = {});

/// Statistic of the first scores minus that of the second, over the same items: every draw of
/// people counts for both, so what the two share cancels. Interval and replicates as in
/// bootstrap_mean; draws without both classes as above. nullopt where the statistic of all items is
/// undefined. Neither order nor numbering of items matters.
[[nodiscard]] std::optional<BootstrapEstimate> bootstrap_score_difference(
    std::vector<PairedScore> scores, const ScoreStatistic& statistic, const BootstrapKey& key,
    const BootstrapOptions& options = {});

/// Statistic of the first items less that of the second, which are others; draws of people count
/// for both. The rest as above, but the order of items matters where the statistic's sums do.
[[nodiscard]] std::optional<BootstrapEstimate> bootstrap_score_gap(
    const std::vector<ClusteredScore>& first, const std::vector<ClusteredScore>& second,
    const ScoreStatistic& statistic, const BootstrapKey& key, const BootstrapOptions& options = {});

}  // namespace changeling

// evaluator/scores/score_items.h: scored clips as the metrics count them. Layer 3, internal to
// detector_scores.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/statistics/score_bootstrap.h"
#include "evaluator/scores/score_metrics.h"

namespace changeling {

/// What a missing score counts as.
inline constexpr double kImputed = 0.5;

/// A slice of people with fewer clips or people has no numbers; fewer people give no interval.
inline constexpr std::int64_t kMinSliceClips = 30;
inline constexpr std::int64_t kMinIntervalPeople = 10;

/// A scored clip or frame.
struct ScoreItem {
  double p = kImputed;
  bool has_score = false;
  bool is_fake = false;
  std::int64_t person = 0;
  const TruthClip* clip = nullptr;
};

using ScoreItems = std::vector<ScoreItem>;

/// `name` without the prefix of detector metrics.
[[nodiscard]] MetricDefRow detector_metric(const std::string& name, const std::string& direction);

[[nodiscard]] std::vector<ClusteredScore> clustered(const ScoreItems& items);

/// `ci_method` of an interval of clustered items.
[[nodiscard]] std::string bootstrap_method(int replicates);

/// Share of the items that have a score; 0 for none.
[[nodiscard]] double coverage_of(const ScoreItems& items);

[[nodiscard]] std::int64_t people_of(const ScoreItems& items);

/// True where the items are enough for the numbers of a slice.
[[nodiscard]] bool is_slice(const ScoreItems& items);

/// Interval and method, or none and why where there are too few people.
void set_interval(const std::optional<Interval>& interval, std::int64_t n_people,
                  const std::string& method, AggregateRow& row);

}  // namespace changeling

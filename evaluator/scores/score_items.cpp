#include "evaluator/scores/score_items.h"

#include <algorithm>
#include <set>

namespace changeling {

MetricDefRow detector_metric(const std::string& name, const std::string& direction) {
  MetricDefRow row;
  row.name = std::string(kDetectorMetricPrefix) + name;
  row.unit = "1";
  row.direction = direction;
  row.level = "set";
  row.params_json = R"({"cluster":"person seen","missing":"p = 0.5; left out in slice ok_only"})";
  return row;
}

std::vector<ClusteredScore> clustered(const ScoreItems& items) {
  std::vector<ClusteredScore> scores;
  for (const ScoreItem& item : items) {
    scores.push_back({item.p, item.is_fake, item.person, item.clip->source});
  }
  return scores;
}

std::string bootstrap_method(int replicates) {
  return "bootstrap_expanded_95; clusters: person seen, source of a fake; replicates: " +
         std::to_string(replicates);
}

double coverage_of(const ScoreItems& items) {
  const auto n_ok = std::count_if(items.begin(), items.end(),
                                  [](const ScoreItem& item) { return item.has_score; });
  return items.empty() ? 0 : static_cast<double>(n_ok) / static_cast<double>(items.size());
}

std::int64_t people_of(const ScoreItems& items) {
  std::set<std::int64_t> people;
  for (const ScoreItem& item : items) {
    people.insert(item.person);
  }
  return static_cast<std::int64_t>(people.size());
}

bool is_slice(const ScoreItems& items) {
  return static_cast<std::int64_t>(items.size()) >= kMinSliceClips &&
         people_of(items) >= kMinIntervalPeople;
}

void set_interval(const std::optional<Interval>& interval, std::int64_t n_people,
                  const std::string& method, AggregateRow& row) {
  const bool is_enough = interval && n_people >= kMinIntervalPeople;
  const bool has_interval = is_enough && interval->low < interval->high;
  row.ci_method = has_interval ? method : is_enough ? "all_draws_alike" : "too_few_clusters";
  if (has_interval) {
    row.ci_lo = interval->low;
    row.ci_hi = interval->high;
  }
}

}  // namespace changeling

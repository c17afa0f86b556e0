#include "evaluator/scores/score_text.h"

#include <cstdio>
#include <optional>

#include <nlohmann/json.hpp>

#include "evaluator/scores/aggregate_text.h"

namespace changeling {
namespace {

using nlohmann::json;

json number_json(const std::optional<double>& value) {
  return value ? json(*value) : json();
}

}  // namespace

std::vector<std::string> score_columns() {
  return {"metric", "slice", "value", "95 % interval", "n", "people", "coverage"};
}

std::vector<std::vector<std::string>> score_rows(const ScoreRunSummary& summary) {
  std::vector<std::vector<std::string>> rows;
  for (const ScoreMetric& metric : summary.metrics) {
    const AggregateRow& row = metric.aggregate;
    rows.push_back({metric.definition.name, row.slice, number_text(row.value), interval_text(row),
                    std::to_string(row.n), std::to_string(row.n_clusters),
                    number_text(row.coverage)});
  }
  return rows;
}

std::string score_headline(const ScoreRunSummary& summary) {
  std::string text = "run " + summary.run_id + ", detector " + summary.detector + " on " +
                     summary.set + ": " + std::to_string(summary.n_fake) + " fakes, " +
                     std::to_string(summary.n_real) + " reals, " +
                     std::to_string(summary.n_people) + " people; without a score:";
  for (const auto& [status, count] : summary.misses) {
    text += " " + std::to_string(count) + " " + status;
  }
  text += summary.misses.empty() ? " none" : "";
  return summary.is_new ? text : text + "; the catalog had them: nothing was stored";
}

std::string score_json(const ScoreRunSummary& summary) {
  json document = {
      {"schema_version", 1},        {"run_id", summary.run_id}, {"detector", summary.detector},
      {"set", summary.set},         {"fakes", summary.n_fake},  {"reals", summary.n_real},
      {"people", summary.n_people}, {"misses", summary.misses}, {"metrics", json::array()}};
  for (const ScoreMetric& metric : summary.metrics) {
    const AggregateRow& row = metric.aggregate;
    document["metrics"].push_back({{"name", metric.definition.name},
                                   {"version", metric.definition.version},
                                   {"direction", metric.definition.direction},
                                   {"slice", row.slice},
                                   {"status", row.status},
                                   {"value", number_json(row.value)},
                                   {"ci_low", number_json(row.ci_lo)},
                                   {"ci_high", number_json(row.ci_hi)},
                                   {"ci_method", row.ci_method.value_or("")},
                                   {"n", row.n},
                                   {"n_clusters", row.n_clusters},
                                   {"coverage", row.coverage}});
  }
  return document.dump();
}

}  // namespace changeling

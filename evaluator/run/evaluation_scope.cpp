#include "evaluator/run/evaluation_scope.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "catalog/store/detector_store.h"
#include "evaluator/run/corpus_fakes.h"

namespace changeling {
namespace {

/// The newest evaluation of these fakes for which `is_wanted` holds.
template <typename Predicate>
std::optional<RunRow> newest(const RunStore& runs, const EvaluationScope& scope,
                             const Predicate& is_wanted) {
  const std::vector<RunRow> all = runs.runs();
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const RunRow& run) {
    const bool is_of_scope = scope.corpus ? !run.parent_run_id && run.suite == scope.name
                                          : run.parent_run_id == scope.name;
    return run.kind == "evaluate" && is_of_scope && is_wanted(run);
  });
  return found == all.rend() ? std::nullopt : std::optional<RunRow>(*found);
}

/// evaluate.reject.* left out.
nlohmann::json config_without_limits(const RunRow& run) {
  nlohmann::json config = nlohmann::json::parse(run.config_json);
  if (const auto evaluate = config.find("evaluate"); evaluate != config.end()) {
    evaluate->erase("reject");
  }
  return config;
}

}  // namespace

std::optional<std::string> EvaluationScope::suite() const {
  return generate_run ? generate_run->suite : std::optional(name);
}

EvaluationScope find_scope(Database& database, const std::string& text) {
  if (text.compare(0, kCorpusSetPrefix.size(), kCorpusSetPrefix) == 0) {
    const DetectorSet set = DetectorStore(database).find_set(text);
    return {std::nullopt, set.corpus_id, set.name};
  }
  const RunRow run = RunStore(database).find_generate_run(text);
  return {run, std::nullopt, run.run_id};
}

std::unique_ptr<FakeSet> open_fakes(Database& database, const BlobStore& blobs,
                                    const CorpusRoots& roots, const EvaluationScope& scope) {
  if (scope.corpus) {
    return std::make_unique<CorpusFakes>(database, blobs, roots, *scope.corpus);
  }
  return std::make_unique<ClipPairs>(database, blobs, roots, scope.name);
}

std::vector<ArtifactRow> missing_fakes(const ScoreStore& scores, MetricId metric,
                                       const EvaluationScope& scope) {
  return scope.corpus ? scores.missing(metric, *scope.corpus) : scores.missing(metric, scope.name);
}

std::vector<ClipScore> clip_scores(const ScoreStore& scores, MetricId metric,
                                   const EvaluationScope& scope) {
  return scope.corpus ? scores.clip_scores(metric, *scope.corpus)
                      : scores.clip_scores(metric, scope.name);
}

std::optional<RunRow> find_evaluation(const RunStore& runs, const EvaluationScope& scope,
                                      const Digest& config) {
  return newest(runs, scope, [&](const RunRow& run) { return run.config_sha256 == config; });
}

std::optional<RunRow> find_lender(const RunStore& runs, const ScoreStore& scores,
                                  const EvaluationScope& scope, const RunRow& run) {
  const std::optional<RunRow> other = newest(runs, scope, [&](const RunRow& candidate) {
    const bool has_begun = candidate.status != "running" || scores.has_scores(candidate.run_id);
    return candidate.run_id != run.run_id && has_begun;
  });
  const bool is_equal = other && (other->status == "ok" || other->status == "partial") &&
                        other->git_commit == run.git_commit && other->git_dirty == run.git_dirty &&
                        other->env_json == run.env_json &&
                        config_without_limits(*other) == config_without_limits(run);
  return is_equal ? other : std::nullopt;
}

std::optional<std::vector<AggregateRow>> lent_aggregates(const RunStore& runs,
                                                         const ScoreStore& scores,
                                                         const EvaluationScope& scope,
                                                         const RunRow& run,
                                                         const std::set<MetricId>& metrics) {
  const std::optional<RunRow> lender = find_lender(runs, scores, scope, run);
  if (!lender) {
    return std::nullopt;
  }
  std::vector<AggregateRow> rows;
  std::set<MetricId> found;
  for (const AggregateRow& row : scores.aggregates(lender->run_id)) {
    if (metrics.count(row.metric_id) > 0) {
      found.insert(row.metric_id);
      rows.push_back(row);
    }
  }
  return found == metrics ? std::optional(rows) : std::nullopt;
}

}  // namespace changeling

#include "evaluator/run/evaluation_scope.h"

#include <algorithm>

#include "catalog/store/detector_store.h"
#include "evaluator/run/corpus_fakes.h"

namespace changeling {

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
  const std::vector<RunRow> all = runs.runs();
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const RunRow& run) {
    const bool is_of_scope = scope.corpus ? !run.parent_run_id && run.suite == scope.name
                                          : run.parent_run_id == scope.name;
    return run.kind == "evaluate" && is_of_scope && run.config_sha256 == config;
  });
  return found == all.rend() ? std::nullopt : std::optional<RunRow>(*found);
}

}  // namespace changeling

// evaluator/run/evaluation_scope.h: whose fakes are evaluated together, and what the catalog has of
// them. Layer 6.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/database.h"
#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "evaluator/run/clip_pair.h"

namespace changeling {

/// The fakes of a generate run or of a corpus. The name of a corpus's set is the suite of its
/// evaluations, which have no run above them.
struct EvaluationScope {
  std::optional<RunRow> generate_run;
  std::optional<CorpusId> corpus;
  std::string name;  ///< id of the run, or "corpus:ffpp"

  [[nodiscard]] std::optional<std::string> suite() const;
};

/// `text` as EvaluationOptions::generate_run. Throws Error(kConfig) for an unknown run or corpus.
[[nodiscard]] EvaluationScope find_scope(Database& database, const std::string& text);

/// Throws as ClipPairs and CorpusFakes.
[[nodiscard]] std::unique_ptr<FakeSet> open_fakes(Database& database, const BlobStore& blobs,
                                                  const CorpusRoots& roots,
                                                  const EvaluationScope& scope);

/// Those without a clip row of the metric.
[[nodiscard]] std::vector<ArtifactRow> missing_fakes(const ScoreStore& scores, MetricId metric,
                                                     const EvaluationScope& scope);

/// Clip rows of the metric.
[[nodiscard]] std::vector<ClipScore> clip_scores(const ScoreStore& scores, MetricId metric,
                                                 const EvaluationScope& scope);

/// The newest evaluation of these fakes and configuration.
[[nodiscard]] std::optional<RunRow> find_evaluation(const RunStore& runs,
                                                    const EvaluationScope& scope,
                                                    const Digest& config);

/// The newest other evaluation of these fakes, where it has ended and is `run` but for its id,
/// times, seed and limits of auto_reject: unless `run` measured anything, its other aggregates are
/// what `run` would find. One that was killed before it stored any value does not count.
[[nodiscard]] std::optional<RunRow> find_lender(const RunStore& runs, const ScoreStore& scores,
                                                const EvaluationScope& scope, const RunRow& run);

/// What find_lender's evaluation stored of these metrics, auto_reject not among them; nullopt where
/// there is none or it lacks one. `run` need not be stored.
[[nodiscard]] std::optional<std::vector<AggregateRow>> lent_aggregates(
    const RunStore& runs, const ScoreStore& scores, const EvaluationScope& scope, const RunRow& run,
    const std::set<MetricId>& metrics);

}  // namespace changeling

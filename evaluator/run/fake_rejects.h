// evaluator/run/fake_rejects.h: `auto_reject` of the fakes of an evaluation, from stored clip
// values of other metrics. Layer 6. Rules: evaluator/metrics/auto_reject.h; docs/decisions/021.
#pragma once

#include <string>
#include <vector>

#include "catalog/store/score_store.h"
#include "evaluator/metrics/auto_reject.h"
#include "evaluator/run/evaluation_scope.h"
#include "evaluator/run/pooling.h"
#include "evaluator/run/scorers.h"

namespace changeling {

/// `auto_reject` under some limits as the catalog knows it.
struct RegisteredRejects {
  std::vector<RejectRule> rules;
  MetricInfo info;  ///< with the version of the catalog
  MetricId id;      ///< unset = a version that is yet to be stored
};

/// The newest version in the catalog where its definition is this one, else the next version:
/// limits are configuration, and values under one version were judged alike. Stores nothing.
[[nodiscard]] RegisteredRejects find_rejects(const ScoreStore& scores, const RejectLimits& limits);

/// The same, stored. Exports take the newest version: store it in one transaction with verdicts.
[[nodiscard]] RegisteredRejects register_rejects(ScoreStore& scores, const RejectLimits& limits);

/// Whether every fake of the scope has a verdict under this version.
[[nodiscard]] bool is_judged(const RegisteredRejects& rejects, const ScoreStore& scores,
                             const EvaluationScope& scope);

/// What an evaluation stores of them.
struct FakeVerdicts {
  /// A clip row for every fake: the number of the rule, 0 = kept; n_ok of n_asked rules could be
  /// judged. Without a value (skipped) where none could.
  std::vector<ScoreRow> clips;
  /// Share of rejected fakes, of all and of each method; then for each method and rule
  /// (reject_slice): value = the share that this rule rejected first, coverage = the share that it
  /// could judge.
  std::vector<AggregateRow> aggregates;
};

/// Verdicts on all fakes of the scope. `metrics` are those whose clip rows are stored. `options`
/// are those of rejects.info. Logs which rules could not be judged.
[[nodiscard]] FakeVerdicts judge_fakes(const RegisteredRejects& rejects,
                                       const std::vector<RegisteredMetric>& metrics,
                                       const ScoreStore& scores, const EvaluationScope& scope,
                                       const FakeSet& fakes, const AggregationOptions& options);

}  // namespace changeling

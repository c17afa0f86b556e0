// evaluator/run/evaluation_aggregates.h: what an evaluation says of all fakes, of those of each
// method and of the baselines. Layer 6.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "catalog/store/score_store.h"
#include "evaluator/run/clip_measurer.h"
#include "evaluator/run/evaluation_run.h"
#include "evaluator/run/evaluation_scope.h"
#include "evaluator/run/pooling.h"

namespace changeling {

/// What aggregates are made of. Measurer and features, with their networks, are asked for only when
/// something has to be measured.
struct AggregateInputs {
  const EvaluationScope& scope;
  FakeSet& clips;
  const std::vector<RegisteredMetric>& metrics;
  const std::vector<RegisteredSetMetric>& set_metrics;
  const EvaluationOptions& options;
  const ScoreStore& scores;  ///< with a clip row of every fake and metric
  std::function<ClipMeasurer&()> measurer;
  std::function<std::unique_ptr<FeatureMeter>()> make_feature_meter;
  std::function<void()> heartbeat;  ///< throws Error(kCancelled) to stop
};

/// How values of one metric are pooled.
[[nodiscard]] AggregationOptions aggregation_options(const EvaluationScope& scope,
                                                     const EvaluationOptions& options,
                                                     const MetricInfo& info);

/// Every metric over all fakes, over those of each method and over each baseline; metrics of whole
/// sets by method. nullopt when stopped. A clip that cannot be measured lowers a coverage. Throws
/// Error(kModel).
[[nodiscard]] std::optional<std::vector<AggregateRow>> make_aggregates(
    const AggregateInputs& inputs);

}  // namespace changeling

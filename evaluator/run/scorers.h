// evaluator/run/scorers.h: enters metrics and the networks behind them into the catalog. Layer 6.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "evaluator/metrics/metric.h"
#include "evaluator/metrics/set_metric.h"

namespace changeling {

struct RegisteredMetric {
  std::unique_ptr<Metric> metric;
  MetricInfo info;
  MetricId id;
};

struct RegisteredSetMetric {
  SetMetric metric;
  MetricId id;
};

/// Every built-in metric with its catalog row; scorers by name, version and digest of the model
/// manifest. Throws Error(kCatalog) when a definition differs from the stored one of equal version.
[[nodiscard]] std::vector<RegisteredMetric> register_metrics(RunStore& runs, ScoreStore& scores);

/// The same for metrics of whole sets.
[[nodiscard]] std::vector<RegisteredSetMetric> register_set_metrics(RunStore& runs,
                                                                    ScoreStore& scores,
                                                                    std::vector<SetMetric> metrics);

/// Notes in the run which networks measure the faces.
void link_scorers(RunStore& runs, std::string_view run_id);

}  // namespace changeling

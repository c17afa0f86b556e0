// evaluator/run/scorers.h: enters metrics and the networks behind them into the catalog. Layer 6.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
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

/// The row of a G_s file, for EvaluationOptions::segmenter. Throws Error(kModel) as
/// read_net_weights.
[[nodiscard]] ModelRow segmenter_row(const std::filesystem::path& weights);

/// Built-in metrics whose network is there: all, less those of g_s without a `segmenter`.
[[nodiscard]] std::vector<std::unique_ptr<Metric>> measurable_metrics(
    const std::optional<ModelRow>& segmenter);

/// Each of them with its catalog row; scorers by name, version and digest of the model manifest, or
/// of `segmenter`. Throws Error(kCatalog) when a definition differs from the stored one of equal
/// version: a catalog keeps one G_s.
[[nodiscard]] std::vector<RegisteredMetric> register_metrics(
    RunStore& runs, ScoreStore& scores, const std::optional<ModelRow>& segmenter);

/// The same for metrics of whole sets.
[[nodiscard]] std::vector<RegisteredSetMetric> register_set_metrics(RunStore& runs,
                                                                    ScoreStore& scores,
                                                                    std::vector<SetMetric> metrics);

/// Notes in the run which networks measure the faces.
void link_scorers(RunStore& runs, std::string_view run_id,
                  const std::optional<ModelRow>& segmenter);

}  // namespace changeling

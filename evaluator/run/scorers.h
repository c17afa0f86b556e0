// evaluator/run/scorers.h: enters metrics and the networks behind them into the catalog. Layer 6.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
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

/// Models that the manifest does not name and that may be missing, by MetricInfo::scorer: "g_s",
/// "brisque". Metrics of a missing one are not recorded, so that a later call may add them.
using OptionalScorers = std::map<std::string, ModelRow>;

/// The row of a G_s file. Throws Error(kModel) as read_net_weights.
[[nodiscard]] ModelRow segmenter_row(const std::filesystem::path& weights);

/// The row of the BRISQUE files of a folder. Throws Error(kModel).
[[nodiscard]] ModelRow brisque_row(const std::filesystem::path& folder);

/// Built-in metrics whose model is there.
[[nodiscard]] std::vector<std::unique_ptr<Metric>> measurable_metrics(
    const OptionalScorers& optional);

/// Each of them with its catalog row; scorers by name, version and digest of the model manifest, or
/// of `optional`. Throws Error(kCatalog) when a definition differs from the stored one of equal
/// version: a catalog keeps one G_s.
[[nodiscard]] std::vector<RegisteredMetric> register_metrics(RunStore& runs, ScoreStore& scores,
                                                             const OptionalScorers& optional);

/// The same for metrics of whole sets.
[[nodiscard]] std::vector<RegisteredSetMetric> register_set_metrics(RunStore& runs,
                                                                    ScoreStore& scores,
                                                                    std::vector<SetMetric> metrics);

/// Notes in the run which models measure the faces.
void link_scorers(RunStore& runs, std::string_view run_id, const OptionalScorers& optional);

}  // namespace changeling

#include "evaluator/run/scorers.h"

#include <string>
#include <utility>

#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

ModelId ensure_scorer(RunStore& runs, const std::string& id) {
  const ModelEntry& entry = ModelManifest::builtin().find(id);
  ModelRow row;
  row.role = entry.id;
  row.name = entry.package;
  row.version = entry.version;
  row.sha256 = entry.sha256;
  row.licence = entry.licence;
  row.trained_on = entry.trained_on;
  return runs.ensure_model(row, 0);
}

MetricDefRow definition_row(RunStore& runs, const MetricInfo& info) {
  MetricDefRow row;
  row.name = info.name;
  row.version = info.version;
  row.unit = info.unit;
  row.direction = std::string(to_string(info.direction));
  row.level = std::string(to_string(info.level));
  row.params_json = info.params_json;
  if (!info.scorer.empty()) {
    row.scorer_model = ensure_scorer(runs, info.scorer);
  }
  return row;
}

}  // namespace

std::vector<RegisteredMetric> register_metrics(RunStore& runs, ScoreStore& scores) {
  std::vector<RegisteredMetric> registered;
  for (std::unique_ptr<Metric>& metric : builtin_metrics()) {
    MetricInfo info = metric->info();
    const MetricId id = scores.ensure_metric(definition_row(runs, info));
    registered.push_back({std::move(metric), std::move(info), id});
  }
  return registered;
}

std::vector<RegisteredSetMetric> register_set_metrics(RunStore& runs, ScoreStore& scores,
                                                      std::vector<SetMetric> metrics) {
  std::vector<RegisteredSetMetric> registered;
  for (SetMetric& metric : metrics) {
    const MetricId id = scores.ensure_metric(definition_row(runs, metric.info));
    registered.push_back({std::move(metric), id});
  }
  return registered;
}

void link_scorers(RunStore& runs, std::string_view run_id) {
  for (const char* id : {"det_rfb320", "lmk68", "pose66", "id512", "id128_dlib", "feat_dn121x"}) {
    runs.link_model(run_id, id, ensure_scorer(runs, id));
  }
}

}  // namespace changeling

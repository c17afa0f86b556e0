#include "evaluator/run/scorers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/nets/net_weights.h"
#include "common/quality/brisque.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

constexpr const char* kSegmenter = "g_s";
constexpr const char* kBrisque = "brisque";

bool is_optional(const std::string& scorer) {
  return scorer == kSegmenter || scorer == kBrisque;
}

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

MetricDefRow definition_row(RunStore& runs, const MetricInfo& info,
                            const OptionalScorers& optional = {}) {
  MetricDefRow row;
  row.name = info.name;
  row.version = info.version;
  row.unit = info.unit;
  row.direction = std::string(to_string(info.direction));
  row.level = std::string(to_string(info.level));
  row.params_json = info.params_json;
  if (!info.scorer.empty()) {
    row.scorer_model = is_optional(info.scorer) ? runs.ensure_model(optional.at(info.scorer), 0)
                                                : ensure_scorer(runs, info.scorer);
  }
  return row;
}

}  // namespace

ModelRow segmenter_row(const std::filesystem::path& weights) {
  const NetWeights net = read_net_weights(weights);
  ModelRow row;
  row.role = kSegmenter;
  row.name = net.info.role;
  row.sha256 = net.sha256;
  row.version = row.sha256.hex().substr(0, 12);
  row.licence = net.info.licence;
  row.trained_on = net.info.trained_on;
  return row;
}

ModelRow brisque_row(const std::filesystem::path& folder) {
  ModelRow row;
  row.role = kBrisque;
  row.name = "brisque_live";
  row.sha256 = digest_of(brisque_files(folder));
  row.version = row.sha256.hex().substr(0, 12);
  row.licence = "Apache-2.0";
  row.trained_on = "LIVE Image Quality Assessment Database, release 2";
  return row;
}

std::vector<std::unique_ptr<Metric>> measurable_metrics(const OptionalScorers& optional) {
  std::vector<std::unique_ptr<Metric>> metrics = builtin_metrics();
  const auto lacks_its_model = [&](const std::unique_ptr<Metric>& metric) {
    const std::string scorer = metric->info().scorer;
    return is_optional(scorer) && optional.count(scorer) == 0;
  };
  metrics.erase(std::remove_if(metrics.begin(), metrics.end(), lacks_its_model), metrics.end());
  return metrics;
}

std::vector<RegisteredMetric> register_metrics(RunStore& runs, ScoreStore& scores,
                                               const OptionalScorers& optional) {
  std::vector<RegisteredMetric> registered;
  for (std::unique_ptr<Metric>& metric : measurable_metrics(optional)) {
    MetricInfo info = metric->info();
    const MetricId id = scores.ensure_metric(definition_row(runs, info, optional));
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

void link_scorers(RunStore& runs, std::string_view run_id, const OptionalScorers& optional) {
  for (const char* id :
       {"det_rfb320", "lmk68", "pose66", "id512", "id128_dlib", "feat_dn121x", "feat_iv3n"}) {
    runs.link_model(run_id, id, ensure_scorer(runs, id));
  }
  for (const auto& [role, model] : optional) {
    runs.link_model(run_id, role, runs.ensure_model(model, 0));
  }
}

}  // namespace changeling

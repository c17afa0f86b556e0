// What detectors said of a run's clips.
#include <map>

#include "catalog/store/detector_store.h"
#include "reports/model/report_parts.h"

namespace changeling {
namespace {

/// The detector of a run, and the clips that it has no score for.
ReportDetector describe(Database& database, const std::string& run_id) {
  ReportDetector row;
  row.run_id = run_id;
  const DetectorStore store(database);
  if (const std::optional<ModelRow> model = store.detector_of(run_id)) {
    row.detector = model->name + "@" + model->version;
    row.trained_on = model->trained_on.value_or("");
  }
  for (const DetectorScoreRow& score : store.scores(run_id)) {
    if (score.frame < 0 && score.status != "ok") {
      ++row.missing[score.status];
    }
  }
  return row;
}

}  // namespace

std::vector<ReportDetector> make_detectors(Database& database, std::string_view run_id) {
  const ScoreStore scores(database);
  std::map<MetricId, MetricDefRow> metrics;
  for (MetricDefRow& metric : scores.metrics()) {
    metrics.emplace(metric.id, std::move(metric));
  }
  std::vector<ReportDetector> rows;
  for (const std::string& run : DetectorStore(database).runs_about(run_id)) {
    const ReportDetector about = describe(database, run);
    for (const AggregateRow& aggregate : scores.aggregates(run)) {
      ReportDetector& row = rows.emplace_back(about);
      row.metric = metrics.at(aggregate.metric_id).name;
      row.version = metrics.at(aggregate.metric_id).version;
      row.direction = metrics.at(aggregate.metric_id).direction;
      row.slice = aggregate.slice;
      row.status = aggregate.status;
      row.value = aggregate.value;
      row.low = aggregate.ci_lo;
      row.high = aggregate.ci_hi;
      row.interval_method = aggregate.ci_method.value_or("");
      row.n_items = aggregate.n;
      row.n_people = aggregate.n_clusters;
      row.coverage = aggregate.coverage;
    }
  }
  return rows;
}

}  // namespace changeling

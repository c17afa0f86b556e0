// Reads the history of a suite.
#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "catalog/store/gate_store.h"
#include "common/base/error.h"
#include "reports/model/clip_summary.h"
#include "reports/model/comparison_parts.h"
#include "reports/model/metric_texts.h"
#include "reports/model/queries.h"
#include "reports/model/report_parts.h"
#include "reports/model/trend_model.h"

namespace changeling {
namespace {

std::vector<RunRow> choose_runs(Database& database, const std::string& suite) {
  std::vector<RunRow> chosen;
  for (const RunRow& run : RunStore(database).runs()) {
    if (run.kind == "generate" && run.list_id && run.status != "running" &&
        (suite.empty() || run.suite == suite)) {
      chosen.push_back(run);
    }
  }
  if (chosen.empty()) {
    throw Error(ErrorKind::kConfig, suite.empty()
                                        ? "the catalog has no ended generate run"
                                        : "no ended generate run belongs to suite '" + suite + "'");
  }
  return chosen;
}

/// Runs over the pair list of the newest one.
void keep_newest_list(Database& database, std::vector<RunRow>& runs, TrendModel& model) {
  const PairStore pairs(database);
  const auto digest_of = [&](const RunRow& run) {
    const std::optional<Digest> digest = pairs.pair_list(*run.list_id).list_sha256;
    return digest ? digest->hex() : std::string();
  };
  model.pair_list_sha256 = digest_of(runs.back());
  std::vector<RunRow> kept;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(kept),
               [&](const RunRow& run) { return digest_of(run) == model.pair_list_sha256; });
  if (kept.size() < runs.size()) {
    model.not_measured.push_back(std::to_string(runs.size() - kept.size()) +
                                 " runs of other pair lists are left out.");
  }
  runs = std::move(kept);
}

/// What a reader must know to read a step in a line.
std::vector<std::string> marks_between(const RunData& before, const RunData& after) {
  std::vector<std::string> marks;
  const auto digests = [](const std::vector<ModelRow>& models) {
    std::set<Digest> set;
    for (const ModelRow& model : models) {
      set.insert(model.sha256);
    }
    return set;
  };
  if (before.run.git_commit != after.run.git_commit) {
    marks.emplace_back("commit");
  }
  if (before.run.config_sha256 != after.run.config_sha256) {
    marks.emplace_back("settings");
  }
  if (digests(before.generate_models) != digests(after.generate_models)) {
    marks.emplace_back("networks");
  }
  if (digests(before.evaluate_models) != digests(after.evaluate_models)) {
    marks.emplace_back("scorers");
  }
  if (!equal_environment(before.run, after.run)) {
    marks.emplace_back("environment");
  }
  return marks;
}

std::string worst_verdict(Database& database, const std::string& run_id) {
  std::string worst;
  for (const char* verdict : {"pass", "inconclusive", "warn", "fail"}) {
    for (const GateResultRow& row : GateStore(database).results(run_id)) {
      worst = row.verdict == verdict ? verdict : worst;
    }
  }
  return worst;
}

bool is_baseline(const std::vector<BaselineRow>& baselines, const std::string& run_id) {
  return std::any_of(baselines.begin(), baselines.end(),
                     [&](const BaselineRow& row) { return row.run_id == run_id; });
}

TrendMetric& metric_of(const MetricDefRow& definition, TrendModel& model) {
  for (TrendMetric& metric : model.metrics) {
    if (metric.name == definition.name) {
      return metric;
    }
  }
  const MetricText text = metric_text(definition.name);
  model.metrics.push_back({definition.name,
                           definition.version,
                           text.title,
                           text.definition,
                           definition.unit,
                           definition.direction,
                           {},
                           {}});
  return model.metrics.back();
}

TrendSeries& series_of(const std::string& method, TrendMetric& metric) {
  for (TrendSeries& series : metric.series) {
    if (series.method == method) {
      return series;
    }
  }
  metric.series.push_back({method, {}});
  return metric.series.back();
}

/// Means of clips, which have intervals, by method.
std::int64_t count_means(const RunData& data) {
  const auto of_clips =
      std::count_if(data.metrics.begin(), data.metrics.end(),
                    [](const MetricData& metric) { return metric.definition.level != "set"; });
  return of_clips * static_cast<std::int64_t>(jobs_by_method(data).size());
}

/// Adds one run's values as the last point of every line. A line has one version, the newest of
/// the runs.
void add_point(const RunData& data, std::size_t place, const BootstrapOptions& options,
               TrendModel& model) {
  for (const MetricData& metric : data.metrics) {
    const bool is_of_set = metric.definition.level == "set";
    for (const auto& [method, jobs] : jobs_by_method(data)) {
      SideMetric summary =
          is_of_set ? stored_distance(metric, method) : summarize_jobs(data, metric, jobs, options);
      if (!summary.mean && summary.missing.empty()) {
        continue;
      }
      TrendMetric& line = metric_of(metric.definition, model);
      if (metric.definition.version < line.version) {
        continue;
      }
      if (metric.definition.version > line.version) {  // as of kAutoReject by other limits
        line.version = metric.definition.version;
        line.series.clear();
      }
      TrendSeries& series = series_of(method, line);
      series.values.resize(place);
      series.values.push_back(std::move(summary));
      if (std::vector<ReportBaseline> baselines = make_baselines(metric); !baselines.empty()) {
        line.baselines = std::move(baselines);
      }
    }
  }
}

}  // namespace

TrendModel build_trend(Database& database, const std::string& suite, int replicates,
                       const PageProgress& progress) {
  TrendModel model;
  model.title = suite.empty() ? "Changeling history" : "Changeling history of suite " + suite;
  model.suite = suite;
  std::vector<RunRow> runs = choose_runs(database, suite);
  keep_newest_list(database, runs, model);
  const std::vector<BaselineRow> baselines = GateStore(database).baselines();
  std::optional<RunData> before;  // its settings and networks; the jobs of a run are a lot
  std::vector<std::string> ids;
  for (const RunRow& run : runs) {
    RunData data = read_run_data(database, run.run_id, progress);
    TrendRun point;
    point.run_id = run.run_id;
    point.started_at = run.started_at;
    point.commit = run.git_commit + (run.git_dirty ? " (modified)" : "");
    point.is_baseline = is_baseline(baselines, run.run_id);
    point.verdict = worst_verdict(database, run.run_id);
    if (before) {
      point.marks = marks_between(*before, data);
    }
    add_point(data, model.runs.size(),
              watched_draws(progress, "metrics", count_means(data), replicates), model);
    model.runs.push_back(std::move(point));
    ids.push_back(run.run_id);
    before.emplace();
    before->run = std::move(data.run);
    before->generate_models = std::move(data.generate_models);
    before->evaluate_models = std::move(data.evaluate_models);
  }
  for (TrendMetric& metric : model.metrics) {
    for (TrendSeries& series : metric.series) {
      series.values.resize(model.runs.size());
    }
    model.queries.push_back(is_set_metric(metric.name)
                                ? distance_query(metric.name, metric.version, ids)
                                : trend_query(metric.name, metric.version, ids));
  }
  model.queries.push_back(stored_means_query(ids));
  std::stable_sort(model.metrics.begin(), model.metrics.end(),
                   [](const TrendMetric& a, const TrendMetric& b) {
                     return metric_order(a.name) < metric_order(b.name);
                   });
  return model;
}

}  // namespace changeling

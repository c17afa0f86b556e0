#include "reports/model/gate.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/store/gate_store.h"
#include "catalog/store/score_store.h"
#include "catalog/store/swap_stage.h"
#include "common/base/error.h"
#include "reports/model/compare_runs.h"
#include "reports/model/gate_checks.h"
#include "reports/model/metric_texts.h"
#include "reports/model/run_data.h"

namespace changeling {
namespace {

/// What the catalog knows the whole gate and the numbers of no clip by.
constexpr const char* kGateMetric = "gate";

std::set<std::string> methods_of(const RunData& data) {
  std::set<std::string> methods;
  for (const JobData& job : data.jobs) {
    methods.insert(job.job.method);
  }
  return methods;
}

std::optional<BaselineRow> choose_baseline(Database& database, const GateRequest& request,
                                           const std::string& suite) {
  if (request.against.empty()) {
    return GateStore(database).baseline(suite);
  }
  BaselineRow row;
  row.suite = suite;
  row.run_id = request.against;
  row.reason = "named for this gate alone";
  return row;
}

std::string digest_text(const RunData& data) {
  return data.list.list_sha256 ? data.list.list_sha256->hex() : "";
}

/// Numbers over other pairs or under other rules are refused, not compared.
void check_same_suite(const RunData& baseline, const RunData& run, const std::string& suite) {
  if (baseline.run.suite != run.run.suite) {
    throw Error(ErrorKind::kConfig,
                "baseline " + baseline.run.run_id + " is of " +
                    (baseline.run.suite ? "suite '" + *baseline.run.suite + "'" : "no suite") +
                    ", run " + run.run.run_id + " of '" + suite + "'");
  }
  if (baseline.list.list_sha256 != run.list.list_sha256) {
    throw Error(ErrorKind::kConfig,
                "baseline " + baseline.run.run_id + " has pair list " + baseline.list.name + " (" +
                    digest_text(baseline).substr(0, 12) + "), run " + run.run.run_id + " has " +
                    run.list.name + " (" + digest_text(run).substr(0, 12) + ")");
  }
}

GateLine describe_line(const std::string& method, const std::string& metric) {
  GateLine line;
  line.method = method;
  line.metric = metric;
  line.title = metric_text(metric).title;
  return line;
}

GateLine unmeasured_line(const std::string& method, const std::string& metric,
                         const std::string& note) {
  GateLine line = describe_line(method, metric);
  line.delta.verdict = Verdict::kInconclusive;
  line.delta.note = note;
  return line;
}

GateLine metric_line(const std::string& method, const ComparedMetric& metric) {
  GateLine line = describe_line(method, metric.name);
  line.version = metric.version;
  line.title = metric.title;
  line.unit = metric.unit;
  line.direction = metric.direction;
  line.baseline_mean = metric.sides.front().mean;
  line.mean = metric.sides.back().mean;
  line.baseline_coverage = metric.sides.front().coverage;
  line.coverage = metric.sides.back().coverage;
  line.delta = metric.deltas.front();
  return line;
}

std::optional<double> less_one(const std::optional<double>& ratio) {
  return ratio ? std::optional(*ratio - 1) : std::nullopt;
}

/// Speed as a share gained; 0 = as fast as the baseline.
GateLine throughput_line(const std::string& method, const ThroughputDelta& speed,
                         const GateRules& rules) {
  GateLine line =
      describe_line(method, std::string(kThroughputPrefix) + swap_stage({}) + "_" + speed.device);
  line.title = "Speed of stage " + speed.stage + ", frames per second of " + speed.measure;
  line.version = speed.measure == kCpuTime ? 4 : 3;
  line.unit = "1";
  line.baseline_mean = speed.anchor_fps;
  line.mean = speed.side_fps;
  line.baseline_coverage = line.coverage = 1;
  line.delta.delta = less_one(speed.ratio);
  line.delta.low = less_one(speed.low);
  line.delta.high = less_one(speed.high);
  line.delta.tolerance = speed.device == "cpu" ? rules.throughput_cpu : rules.throughput_gpu;
  line.delta.n_pairs = speed.n_pairs;
  line.delta.replicates = speed.low ? rules.replicates : 0;
  line.delta.verdict = speed.verdict;
  line.delta.note = speed.note;
  return line;
}

void add_method(const std::string& method, ComparisonModel comparison, const GateRules& rules,
                GateModel& model) {
  std::set<std::string> missing;
  for (const auto& entry : rules.tolerances) {
    missing.insert(entry.first);
  }
  for (const ComparedMetric& metric : comparison.metrics) {
    if (metric.is_gated) {
      missing.erase(is_detector_area(metric.name) ? std::string(kDetectorArea) : metric.name);
      model.lines.push_back(metric_line(method, metric));
    }
  }
  if (missing.erase(std::string(kDetectorArea)) > 0) {
    model.remarks.push_back("No detector has scored the clips of " + method +
                            ": detector_auc is not judged.");
  }
  for (const std::string& name : missing) {
    model.lines.push_back(unmeasured_line(method, name, "Neither run has measured it."));
  }
  for (const ThroughputDelta& speed : comparison.throughput) {
    if (speed.verdict) {
      model.lines.push_back(throughput_line(method, speed, rules));
    } else if (speed.note != "Shown only.") {
      model.remarks.push_back("Speed of " + method + ", stage " + speed.stage + ": " + speed.note);
    }
  }
  if (std::optional<ReportCheck> determinism = comparison.determinism) {
    determinism->name += ", " + method;
    model.checks.push_back(std::move(*determinism));
  } else {
    model.remarks.push_back(method + ": " + kNoEqualJobs);
  }
  model.comparisons.push_back({method, std::move(comparison)});
}

void add_comparisons(Database& database, const RunData& run, const RunData& baseline,
                     const GateRequest& request, GateModel& model) {
  const GateRules& rules = request.rules;
  const std::set<std::string> before = methods_of(baseline);
  const std::set<std::string> now = methods_of(run);
  std::vector<std::string> kept;
  std::set_intersection(before.begin(), before.end(), now.begin(), now.end(),
                        std::back_inserter(kept));
  model.checks.push_back({"Every method of the baseline was run again",
                          kept.size() == before.size(),
                          std::to_string(kept.size()) + " of " + std::to_string(before.size())});
  std::vector<ComparisonModel> comparisons =
      compare_methods(database, baseline.run.run_id, model.run_id, kept, rules, request.progress);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    add_method(kept[i], std::move(comparisons[i]), rules, model);
  }
  for (const std::string& method : now) {
    if (before.count(method) == 0) {
      model.remarks.push_back("The baseline has no method " + method + ": it is not judged.");
    }
  }
}

void conclude(bool has_comparison, bool is_baseline, GateModel& model) {
  std::vector<Verdict> verdicts;
  for (const GateLine& line : model.lines) {
    verdicts.push_back(*line.delta.verdict);
  }
  if (!has_comparison && !is_baseline) {
    verdicts.push_back(Verdict::kInconclusive);
  }
  for (const ReportCheck& check : model.checks) {
    if (!check.holds) {
      verdicts.push_back(Verdict::kFail);
    }
  }
  model.verdict = worst(verdicts);
  // A warning elsewhere does not hide what a release could not judge.
  const bool lacks_verdict =
      std::count(verdicts.begin(), verdicts.end(), Verdict::kInconclusive) > 0;
  model.is_open = model.verdict != Verdict::kFail && !(model.is_release && lacks_verdict);
}

MetricDefRow definition_of(const GateLine& line) {
  MetricDefRow row;
  row.name = line.metric;
  row.version = line.version;
  row.unit = "1";
  row.direction = "up";
  row.level = "set";
  return row;
}

/// Metrics of clips are there already; yield, speed and the gate itself are made when first needed.
MetricId metric_id(Database& database, const GateLine& line) {
  for (const MetricDefRow& row : ScoreStore(database).metrics()) {
    if (row.name == line.metric && row.version == line.version) {
      return row.id;
    }
  }
  return ScoreStore(database).ensure_metric(definition_of(line));
}

GateResultRow result_row(Database& database, const GateModel& model, const GateLine& line) {
  GateResultRow row;
  row.run_id = model.run_id;
  row.baseline_run = model.baseline ? model.baseline->run_id : model.run_id;
  row.metric_id = metric_id(database, line);
  row.slice = line.method.empty() ? "all" : method_slice(line.method);
  row.delta = line.delta.delta.value_or(0);
  row.delta_lo = line.delta.low;
  row.delta_hi = line.delta.high;
  row.mde = line.delta.mde;
  row.p_holm = line.delta.p_holm;
  row.tolerance = line.delta.tolerance.value_or(0);
  row.verdict = to_string(*line.delta.verdict);
  return row;
}

std::int64_t broken_checks(const GateModel& model) {
  return std::count_if(model.checks.begin(), model.checks.end(),
                       [](const ReportCheck& check) { return !check.holds; });
}

/// The verdict of the whole as a line.
GateLine whole_line(const GateModel& model) {
  GateLine line;
  line.metric = kGateMetric;
  line.delta.delta = -static_cast<double>(broken_checks(model));
  line.delta.verdict = model.verdict;
  return line;
}

std::string audit_detail(const GateModel& model) {
  nlohmann::json unmeasured = nlohmann::json::array();
  for (const GateLine& line : model.lines) {
    if (!line.delta.delta) {
      unmeasured.push_back(line.method + ":" + line.metric);
    }
  }
  nlohmann::json broken = nlohmann::json::array();
  for (const ReportCheck& check : model.checks) {
    if (!check.holds) {
      broken.push_back(check.name + " (" + check.detail + ")");
    }
  }
  const nlohmann::json detail = {{"verdict", to_string(model.verdict)},
                                 {"suite", model.suite},
                                 {"baseline", model.baseline ? model.baseline->run_id : ""},
                                 {"release", model.is_release},
                                 {"replicates", model.replicates},
                                 {"without_difference", unmeasured},
                                 {"broken_checks", broken}};
  return detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ReportGateRow report_row(const std::vector<MetricDefRow>& definitions, const GateResultRow& row) {
  ReportGateRow result;
  for (const MetricDefRow& definition : definitions) {
    if (definition.id == row.metric_id) {
      result.metric = definition.name;
      result.version = definition.version;
      result.unit = definition.unit;
      result.direction = definition.direction;
    }
  }
  const std::string prefix = method_slice("");
  result.method = row.slice.rfind(prefix, 0) == 0 ? row.slice.substr(prefix.size()) : "";
  result.delta = row.delta;
  result.low = row.delta_lo;
  result.high = row.delta_hi;
  result.mde = row.mde;
  result.p_holm = row.p_holm;
  result.tolerance = row.tolerance;
  result.verdict = row.verdict;
  return result;
}

}  // namespace

GateModel judge_run(Database& database, const GateRequest& request) {
  const RunData run = read_run_data(database, request.run_id, request.progress);
  if (!run.run.suite) {
    throw Error(ErrorKind::kConfig, "run " + request.run_id +
                                        " belongs to no suite: only runs of a suite are gated "
                                        "(name it with 'generate run --suite')");
  }
  GateModel model;
  model.run_id = run.run.run_id;
  model.suite = *run.run.suite;
  model.title = "Changeling gate of suite " + model.suite;
  model.pair_list_sha256 = digest_text(run);
  model.is_release = request.is_release;
  model.replicates = request.rules.replicates;
  model.baseline = choose_baseline(database, request, model.suite);
  model.checks = make_gate_checks(database, run);
  model.checks.insert(model.checks.end(), request.more_checks.begin(), request.more_checks.end());
  model.remarks = request.remarks;
  const bool is_baseline = model.baseline && model.baseline->run_id == model.run_id;
  const bool has_comparison = model.baseline && !is_baseline;
  if (has_comparison) {
    const RunData baseline = read_run_data(database, model.baseline->run_id, request.progress);
    check_same_suite(baseline, run, model.suite);
    add_comparisons(database, run, baseline, request, model);
  } else {
    model.remarks.push_back(is_baseline
                                ? "This run is the baseline of its suite: there is nothing to "
                                  "compare it with."
                                : "Suite '" + model.suite +
                                      "' has no baseline yet (set one with 'changeling baseline "
                                      "set " +
                                      model.suite + " RUN --reason ...').");
  }
  conclude(has_comparison, is_baseline, model);
  return model;
}

void record_gate(Database& database, const GateModel& model) {
  database.transaction([&] {
    std::vector<GateResultRow> rows = {result_row(database, model, whole_line(model))};
    for (const GateLine& line : model.lines) {
      if (line.delta.delta) {
        rows.push_back(result_row(database, model, line));
      }
    }
    GateStore(database).record("changeling", rows, audit_detail(model));
  });
}

std::optional<ReportGate> read_gate(Database& database, std::string_view run_id) {
  const std::vector<GateResultRow> rows = GateStore(database).results(run_id);
  if (rows.empty()) {
    return std::nullopt;
  }
  const std::vector<MetricDefRow> definitions = ScoreStore(database).metrics();
  ReportGate gate;
  gate.baseline_run = rows.front().baseline_run == run_id ? "" : rows.front().baseline_run;
  for (const GateResultRow& row : rows) {
    ReportGateRow line = report_row(definitions, row);
    if (line.metric == kGateMetric) {
      gate.verdict = line.verdict;
      gate.broken_checks = static_cast<std::int64_t>(-line.delta);
    } else {
      gate.rows.push_back(std::move(line));
    }
  }
  std::stable_sort(gate.rows.begin(), gate.rows.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.method, metric_order(a.metric)) <
           std::make_pair(b.method, metric_order(b.metric));
  });
  return gate;
}

}  // namespace changeling

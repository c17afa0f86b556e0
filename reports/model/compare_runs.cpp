#include "reports/model/compare_runs.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "reports/model/comparison_parts.h"
#include "reports/model/queries.h"
#include "reports/model/report_parts.h"
#include "reports/model/run_texts.h"

namespace changeling {
namespace {

std::vector<ReportFact> facts_of(const RunData& data) {
  const RunRow& run = data.run;
  std::vector<ReportFact> facts = {{"run", run.run_id},
                                   {"suite", run.suite.value_or("none")},
                                   {"status", run.status},
                                   {"started", run.started_at},
                                   {"commit", commit_text(run)},
                                   {"seed", std::to_string(run.seed)},
                                   {"config SHA-256", run.config_sha256.hex()},
                                   {"host", run.host}};
  if (data.evaluation) {
    facts.push_back({"evaluation run", data.evaluation->run_id});
    facts.push_back({"evaluation commit", commit_text(*data.evaluation)});
  } else {
    facts.push_back({"evaluation run", "none"});
  }
  return facts;
}

ComparisonSide describe(const SideData& side, std::size_t index) {
  ComparisonSide result;
  result.letter = std::string(1, static_cast<char>('A' + index));
  result.run_id = side.run->run.run_id;
  result.method = side.method;
  result.facts = facts_of(*side.run);
  for (const JobData* job : side.jobs) {
    result.n_pairs += job != nullptr ? 1 : 0;
    result.n_fakes += job != nullptr && job->job.state == "done" ? 1 : 0;
  }
  return result;
}

std::vector<Verdict> verdicts_of(const ComparisonModel& model) {
  std::vector<Verdict> verdicts;
  for (std::size_t side = 1; side < model.sides.size(); ++side) {
    std::vector<Verdict> parts;
    for (const ComparedMetric& metric : model.metrics) {
      if (const auto& verdict = metric.deltas[side - 1].verdict) {
        parts.push_back(*verdict);
      }
    }
    for (const ThroughputDelta& delta : model.throughput) {
      if (delta.side == side && delta.verdict) {
        parts.push_back(*delta.verdict);
      }
    }
    verdicts.push_back(worst(parts));
  }
  return verdicts;
}

std::string exemplar_metric(const std::vector<ComparedMetric>& metrics) {
  for (const char* name : {"id_margin_dlib", "id_margin"}) {
    for (const ComparedMetric& metric : metrics) {
      if (metric.name == name && metric.sides.back().n_clips > 0) {
        return name;
      }
    }
  }
  return "";
}

std::vector<std::string> list_missing(const ComparisonData& data, const ComparisonModel& model) {
  std::vector<std::string> missing;
  for (std::size_t side = 0; side < data.sides.size(); ++side) {
    if (!data.sides[side].run->evaluation) {
      missing.push_back("Column " + model.sides[side].letter +
                        " has no ended evaluation (run 'changeling evaluate score " +
                        model.sides[side].run_id + "').");
    }
  }
  std::int64_t suppressed = 0;
  for (const ComparedSlice& slice : model.slices) {
    suppressed += std::all_of(slice.cells.begin(), slice.cells.end(),
                              [](const SliceCell& cell) { return !cell.mean; })
                      ? 1
                      : 0;
  }
  if (suppressed > 0) {
    missing.push_back(std::to_string(suppressed) + " of " + std::to_string(model.slices.size()) +
                      " slices have fewer than 30 clips or 10 people: they are listed without "
                      "numbers.");
  }
  if (!model.determinism) {
    missing.push_back(kNoEqualJobs);
  }
  missing.push_back("Blobs were not verified here (run 'changeling catalog verify').");
  return missing;
}

/// What the columns are and what was measured of them, without verdicts.
ComparisonModel measure(const ComparisonData& data, const GateRules& rules) {
  ComparisonModel model;
  model.title = "Changeling comparison";
  model.suite = data.sides.back().run->run.suite.value_or("");
  const std::optional<Digest>& list = data.first().list.list_sha256;
  model.pair_list_sha256 = list ? list->hex() : "";
  for (const SideData& side : data.sides) {
    model.sides.push_back(describe(side, model.sides.size()));
    model.failures.push_back(make_failures(*rows_of(side)));
  }
  model.determinism = check_determinism(data);
  model.invariants = make_checks(*rows_of(data.sides.back()));
  if (model.determinism) {
    model.invariants.insert(model.invariants.begin(), *model.determinism);
  }
  model.metrics = make_compared_metrics(data, rules);
  return model;
}

/// Everything else, once the metrics are judged.
void finish(const ComparisonData& data, const GateRules& rules, ComparisonModel& model) {
  model.slices = make_compared_slices(data, model.metrics, rules);
  model.flips = make_flips(data, model.metrics);
  model.exemplar_metric = exemplar_metric(model.metrics);
  model.exemplars = make_comparison_exemplars(data, model.metrics, model.exemplar_metric);
  model.throughput = make_throughput(data, rules);
  model.differences = make_differences(data);
  model.verdicts = verdicts_of(model);
  model.verdict = worst(model.verdicts);
  model.queries = comparison_queries(model);
  model.not_measured = list_missing(data, model);
}

}  // namespace

std::vector<SideSpec> resolve_sides(Database& database, const std::vector<std::string>& texts) {
  std::vector<SideSpec> sides;
  for (const std::string& text : texts) {
    const std::size_t colon = text.find(':');
    const RunRow run = RunStore(database).find_generate_run(text.substr(0, colon));
    if (colon != std::string::npos) {
      sides.push_back({run.run_id, text.substr(colon + 1)});
      continue;
    }
    std::set<std::string> methods;
    for (const JobRow& job : RunStore(database).jobs(run.run_id)) {
      methods.insert(job.method);
    }
    if (methods.empty()) {
      throw Error(ErrorKind::kConfig, "run " + run.run_id + " has no job");
    }
    for (const std::string& method : methods) {
      sides.push_back({run.run_id, method});
    }
  }
  return sides;
}

ComparisonModel compare_runs(Database& database, const std::vector<SideSpec>& sides,
                             const GateRules& rules, const PageProgress& progress) {
  const ComparisonData data = read_comparison_data(database, sides, progress);
  ComparisonModel model = measure(data, rules);
  for (std::size_t side = 1; side < data.sides.size(); ++side) {
    judge_columns({{&data, side, &model.metrics}}, rules);
  }
  finish(data, rules, model);
  return model;
}

std::vector<ComparisonModel> compare_methods(Database& database, const std::string& baseline,
                                             const std::string& run,
                                             const std::vector<std::string>& methods,
                                             const GateRules& rules, const PageProgress& progress) {
  if (methods.empty()) {
    return {};
  }
  std::vector<SideSpec> sides;
  for (const std::string& method : methods) {
    sides.push_back({baseline, method});
    sides.push_back({run, method});
  }
  const ComparisonData all = read_comparison_data(database, sides, progress);
  std::vector<ComparisonData> data;
  std::vector<ComparisonModel> models;
  for (std::size_t side = 0; side < all.sides.size(); side += 2) {
    data.push_back({{all.sides[side], all.sides[side + 1]}, all.pairs, progress});
    models.push_back(measure(data.back(), rules));
  }
  std::vector<JudgedColumn> columns;
  for (std::size_t i = 0; i < models.size(); ++i) {
    columns.push_back({&data[i], 1, &models[i].metrics});
  }
  judge_columns(columns, rules);
  for (std::size_t i = 0; i < models.size(); ++i) {
    finish(data[i], rules, models[i]);
  }
  return models;
}

}  // namespace changeling

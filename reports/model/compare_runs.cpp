#include "reports/model/compare_runs.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "reports/model/comparison_parts.h"
#include "reports/model/queries.h"
#include "reports/model/report_parts.h"

namespace changeling {
namespace {

std::string commit_text(const RunRow& run) {
  return run.git_commit + (run.git_dirty ? " (with uncommitted changes)" : "");
}

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

/// The rows of one column alone.
RunData only_method(const SideData& side) {
  RunData data = *side.run;
  data.jobs.clear();
  std::set<JobId> ids;
  for (const JobData* job : side.jobs) {
    if (job != nullptr) {
      data.jobs.push_back(*job);
      ids.insert(job->job.id);
    }
  }
  for (MetricData& metric : data.metrics) {
    const auto foreign = [&](const ClipScore& score) { return ids.count(score.job_id) == 0; };
    metric.scores.erase(std::remove_if(metric.scores.begin(), metric.scores.end(), foreign),
                        metric.scores.end());
  }
  return data;
}

/// Equal jobs made by one build must leave equal files; other builds may differ.
ReportCheck check_determinism(const ComparisonData& data) {
  const SideData& a = data.sides.front();
  const SideData& b = data.sides.back();
  std::int64_t equal_jobs = 0;
  std::int64_t equal_files = 0;
  const bool one_build = a.run->run.git_commit == b.run->run.git_commit && !a.run->run.git_dirty &&
                         !b.run->run.git_dirty;
  for (std::size_t pair = 0; one_build && pair < data.pairs.size(); ++pair) {
    if (a.jobs[pair] == nullptr || b.jobs[pair] == nullptr ||
        a.jobs[pair]->job.job_key != b.jobs[pair]->job.job_key) {
      continue;
    }
    const ArtifactRow* fake_a = a.jobs[pair]->find("fake_video");
    const ArtifactRow* fake_b = b.jobs[pair]->find("fake_video");
    if (fake_a != nullptr && fake_b != nullptr) {
      ++equal_jobs;
      equal_files += fake_a->stream_sha256 == fake_b->stream_sha256 ? 1 : 0;
    }
  }
  return {"Equal jobs of one build gave equal fakes", equal_files == equal_jobs,
          std::to_string(equal_files) + " of " + std::to_string(equal_jobs) + " fakes"};
}

/// Pixels that the mask excludes are the target's, wherever that was measured.
void add_exactness(const RunData& data, std::vector<ReportCheck>& checks) {
  for (const MetricData& metric : data.metrics) {
    if (metric.definition.name != "bg_exact" || metric.scores.empty()) {
      continue;
    }
    const auto broken =
        std::count_if(metric.scores.begin(), metric.scores.end(),
                      [](const ClipScore& score) { return score.score.value.value_or(0) != 0; });
    checks.push_back(
        {"No pixel outside the mask differs from the target", broken == 0,
         std::to_string(broken) + " of " + std::to_string(metric.scores.size()) + " fakes differ"});
  }
}

std::vector<ReportCheck> make_invariants(const ComparisonData& data) {
  const RunData last = only_method(data.sides.back());
  std::vector<ReportCheck> checks = make_checks(last);
  checks.push_back(check_determinism(data));
  add_exactness(last, checks);
  return checks;
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
  missing.push_back("Blobs were not verified here (run 'changeling catalog verify').");
  return missing;
}

RunRow find_run(const std::vector<RunRow>& runs, const std::string& text) {
  std::vector<RunRow> fitting;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(fitting), [&](const RunRow& run) {
    return run.kind == "generate" && (text == "latest" || run.run_id.rfind(text, 0) == 0);
  });
  if (fitting.empty()) {
    throw Error(ErrorKind::kConfig, "no generate run '" + text +
                                        "' (list them with 'changeling catalog query \"SELECT "
                                        "run_id, started_at FROM run\"')");
  }
  if (text != "latest" && fitting.size() > 1) {
    throw Error(ErrorKind::kConfig, "'" + text + "' begins " + std::to_string(fitting.size()) +
                                        " run ids: give more of it");
  }
  return fitting.back();
}

}  // namespace

std::vector<SideSpec> resolve_sides(Database& database, const std::vector<std::string>& texts) {
  const RunStore store(database);
  const std::vector<RunRow> runs = store.runs();
  std::vector<SideSpec> sides;
  for (const std::string& text : texts) {
    const std::size_t colon = text.find(':');
    const RunRow run = find_run(runs, text.substr(0, colon));
    if (colon != std::string::npos) {
      sides.push_back({run.run_id, text.substr(colon + 1)});
      continue;
    }
    std::set<std::string> methods;
    for (const JobRow& job : store.jobs(run.run_id)) {
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
                             const GateRules& rules) {
  const ComparisonData data = read_comparison_data(database, sides);
  ComparisonModel model;
  model.title = "Changeling comparison";
  model.suite = data.sides.back().run->run.suite.value_or("");
  const std::optional<Digest>& list = data.first().list.list_sha256;
  model.pair_list_sha256 = list ? list->hex() : "";
  for (const SideData& side : data.sides) {
    model.sides.push_back(describe(side, model.sides.size()));
    model.failures.push_back(make_failures(only_method(side)));
  }
  model.invariants = make_invariants(data);
  model.metrics = make_compared_metrics(data, rules);
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
  return model;
}

}  // namespace changeling

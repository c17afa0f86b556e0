#include "evaluator/scores/score_run.h"

#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "common/base/build_info.h"
#include "common/base/error.h"

namespace changeling {
namespace {

ScoreRunSummary summarize(const ScoreRunRequest& request) {
  ScoreRunSummary summary;
  summary.set = request.set.name;
  std::set<std::int64_t> people;
  for (const TruthClip& clip : request.truth) {
    ++(clip.is_fake ? summary.n_fake : summary.n_real);
    people.insert(clip.person);
  }
  summary.n_people = static_cast<std::int64_t>(people.size());
  for (const DetectorScoreRow& score : request.scores) {
    if (score.frame < 0 && score.status != "ok") {
      ++summary.misses[score.status];
    }
  }
  summary.metrics =
      score_metrics(request.truth, request.scores, {request.set.name, request.replicates});
  return summary;
}

RunRow begin_row(const ScoreRunRequest& request) {
  RunRow run = new_run("detector");
  run.version_id = request.set.version_id;
  if (!request.set.generate_run.empty()) {
    run.parent_run_id = request.set.generate_run;
  }
  run.config_json = request.config_json;
  run.config_sha256 = request.config_sha256;
  run.seed = request.seed;
  run.env_json = nlohmann::json{{"changeling", project_version()}}.dump();
  return run;
}

}  // namespace

ScoreRunSummary store_score_run(Database& database, const ScoreRunRequest& request) {
  ScoreRunSummary summary = summarize(request);
  RunStore runs(database);
  ScoreStore metrics(database);
  database.transaction([&] {
    summary.run_id = runs.begin(begin_row(request));
    runs.link_model(summary.run_id, "detector", request.model);
    DetectorStore(database).add_scores(summary.run_id, request.scores);
    std::vector<AggregateRow> aggregates;
    for (const ScoreMetric& metric : summary.metrics) {
      aggregates.push_back(metric.aggregate);
      aggregates.back().metric_id = metrics.ensure_metric(metric.definition);
    }
    metrics.add_aggregates(summary.run_id, aggregates);
    runs.finish(summary.run_id, summary.misses.empty() ? "ok" : "partial");
  });
  const ModelRow model = DetectorStore(database).detector_of(summary.run_id).value();
  summary.detector = model.name + "@" + model.version;
  return summary;
}

namespace {

using ScoreKey = std::tuple<ArtifactId, std::int64_t, std::string, std::optional<double>>;

std::set<ScoreKey> keys_of(const std::vector<DetectorScoreRow>& scores) {
  std::set<ScoreKey> keys;
  for (const DetectorScoreRow& row : scores) {
    keys.emplace(row.artifact_id, row.frame, row.status, row.p_fake);
  }
  return keys;
}

/// The run that holds these very scores; nullopt = the set has none under that name. Two files
/// under one name could not be told apart in any report: Throws Error(kConfig).
std::optional<std::string> find_import(Database& database, const ModelRow& model,
                                       const ScoreRunRequest& request) {
  const DetectorStore store(database);
  std::string differs;
  for (const std::string& run_id : store.runs_on(request.set)) {
    const std::optional<ModelRow> other = store.detector_of(run_id);
    if (!other || other->name != model.name || other->version != model.version) {
      continue;
    }
    if (other->sha256 == model.sha256 && keys_of(store.scores(run_id)) == keys_of(request.scores)) {
      return run_id;
    }
    differs = differs.empty() ? run_id : differs;
  }
  if (!differs.empty()) {
    throw Error(ErrorKind::kConfig, "'" + request.set.name + "' has other scores of " + model.name +
                                        "@" + model.version + " (run " + differs +
                                        "): give these another version");
  }
  return std::nullopt;
}

}  // namespace

ScoreRunSummary import_scores(Database& database, const ScoreImport& import) {
  const DetectorStore store(database);
  ScoreRunRequest request;
  request.set = store.find_set(import.set);
  const std::vector<ClipRow> clips = import.all_parts
                                         ? store.all_clips(request.set)
                                         : store.clips(request.set, DetectorRole::kScore);
  if (clips.empty()) {
    throw Error(ErrorKind::kConfig, "'" + request.set.name + "' has no labelled clip" +
                                        (import.all_parts ? "" : " in part test"));
  }
  request.truth = truth_of(database, clips);
  request.scores =
      resolve_scores(import.file.string(), read_score_file(import.file), request.truth);
  request.replicates = import.replicates;
  request.seed = import.seed;
  request.config_json = import.config_json;
  request.config_sha256 = import.config_sha256;
  ModelRow model;
  model.role = "detector";
  model.name = import.name;
  model.version = import.version;
  model.sha256 = sha256_file(import.file);
  if (!import.trained_on.empty()) {
    model.trained_on = import.trained_on;
  }
  if (const std::optional<std::string> known = find_import(database, model, request)) {
    ScoreRunSummary summary = summarize(request);
    summary.run_id = *known;
    summary.detector = model.name + "@" + model.version;
    summary.is_new = false;
    return summary;
  }
  ScoreRunSummary summary;
  database.transaction([&] {
    request.model = RunStore(database).ensure_model(
        model, static_cast<std::int64_t>(std::filesystem::file_size(import.file)));
    summary = store_score_run(database, request);
  });
  return summary;
}

}  // namespace changeling

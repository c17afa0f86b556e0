#include "evaluator/run/evaluation_run.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "catalog/store/pruned_runs.h"
#include "catalog/store/score_store.h"
#include "common/base/build_info.h"
#include "common/base/log.h"
#include "common/base/outcome.h"
#include "common/base/stop_signal.h"
#include "common/tensor/device.h"
#include "common/tensor/torch_errors.h"
#include "evaluator/run/clip_measurer.h"
#include "evaluator/run/evaluation_aggregates.h"
#include "evaluator/run/evaluation_scope.h"
#include "evaluator/run/fake_rejects.h"
#include "evaluator/run/pooling.h"
#include "evaluator/run/scorers.h"

namespace changeling {
namespace {

/// Which metrics (by position in the registry) an artifact still lacks.
using Missing = std::map<ArtifactId, std::vector<std::size_t>>;

std::string environment_json() {
  return nlohmann::json{{"changeling", project_version()}, {"torch_build", torch_build_summary()}}
      .dump();
}

/// As it would begin now.
RunRow new_evaluation(const EvaluationScope& scope, const EvaluationOptions& options) {
  RunRow run = new_run("evaluate");
  run.suite = scope.suite();
  if (scope.generate_run) {
    run.list_id = scope.generate_run->list_id;
    run.parent_run_id = scope.name;
  }
  run.config_json = options.config_json;
  run.config_sha256 = options.config_sha256;
  run.seed = options.seed;
  run.env_json = environment_json();
  return run;
}

/// The aggregates that an evaluation with nothing left to measure need not make; `run` may be one
/// that was killed. Where that stored values, no other has counted them.
std::optional<std::vector<AggregateRow>> find_lent(const RunStore& runs, const ScoreStore& scores,
                                                   const EvaluationScope& scope, const RunRow& run,
                                                   const std::set<MetricId>& metrics) {
  return scores.has_scores(run.run_id) ? std::nullopt
                                       : lent_aggregates(runs, scores, scope, run, metrics);
}

class Evaluation {
 public:
  Evaluation(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
             const EvaluationOptions& options, const EvaluationHooks& hooks)
      : database_(database),
        runs_(database),
        scores_(database),
        options_(options),
        hooks_(hooks),
        scope_(find_scope(database, options.generate_run)),
        metrics_(register_metrics(runs_, scores_, options.scorers)),
        set_metrics_(register_set_metrics(runs_, scores_, options.set_metrics)),
        rejects_(find_rejects(scores_, options.rejects)),
        clips_(open_fakes(database, blobs, roots, scope_)) {
    summary_.generate_run = scope_.name;
    summary_.n_fakes = static_cast<std::int64_t>(clips_->fakes().size());
  }

  EvaluationSummary run() {
    const Missing missing = find_missing();
    summary_.n_missing = static_cast<std::int64_t>(missing.size());
    const std::optional<RunRow> earlier = find_evaluation(runs_, scope_, options_.config_sha256);
    bool earlier_is_open = earlier && earlier->status == "running";
    const bool is_complete = missing.empty() && is_judged(rejects_, scores_, scope_);
    if (earlier_is_open && !is_complete && has_aggregates(*earlier)) {
      runs_.finish(earlier->run_id, "ok");  // killed at its very end; its aggregates are fixed
      earlier_is_open = false;
    }
    if (earlier && !earlier_is_open && is_complete) {
      summary_.run_id = earlier->run_id;
      summary_.status = earlier->status;
      collect_results();
      return std::move(summary_);
    }
    const RunRow fresh = new_evaluation(scope_, options_);
    if (missing.empty()) {
      lent_ = find_lent(runs_, scores_, scope_, earlier_is_open ? *earlier : fresh, metric_ids());
    }
    if (!lent_ && !(earlier_is_open && is_complete && has_aggregates(*earlier))) {
      require_unpruned(database_, summary_.generate_run);
    }
    if (!missing.empty()) {
      (void)measurer();  // missing networks end the run before it begins
    }
    summary_.run_id = earlier_is_open ? earlier->run_id : runs_.begin(fresh);
    link_scorers(runs_, summary_.run_id, options_.scorers);
    score_missing(missing);
    if (summary_.stopped) {
      summary_.status = "running";
      return std::move(summary_);
    }
    if (scores_.aggregates(summary_.run_id).empty() && !add_aggregates()) {
      summary_.status = "running";
      return std::move(summary_);
    }
    summary_.status = summary_.n_failed + summary_.n_unscorable == 0 ? "ok" : "partial";
    runs_.finish(summary_.run_id, summary_.status);
    collect_results();
    return std::move(summary_);
  }

 private:
  [[nodiscard]] bool has_aggregates(const RunRow& evaluation) const {
    return !scores_.aggregates(evaluation.run_id).empty();
  }

  Missing find_missing() const {
    Missing missing;
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      for (const ArtifactRow& fake : missing_fakes(scores_, metrics_[i].id, scope_)) {
        missing[fake.id].push_back(i);
      }
    }
    return missing;
  }

  [[nodiscard]] const FakeFacts& facts(const ArtifactRow& fake) const {
    return clips_->facts(fake.id);
  }

  /// Fakes of one target follow each other, so that its faces and flow are measured once.
  std::vector<ArtifactRow> by_target(std::vector<ArtifactRow> fakes) const {
    std::stable_sort(fakes.begin(), fakes.end(), [&](const ArtifactRow& a, const ArtifactRow& b) {
      return facts(a).target_media < facts(b).target_media;
    });
    return fakes;
  }

  void score_missing(const Missing& missing) {
    if (hooks_.on_start) {
      hooks_.on_start(static_cast<std::int64_t>(missing.size()));
    }
    for (const ArtifactRow& fake : by_target(clips_->fakes())) {
      const auto wanted = missing.find(fake.id);
      if (wanted == missing.end()) {
        continue;
      }
      const std::string status = score_clip(measurer(), fake, wanted->second);
      if (summary_.stopped) {
        return;
      }
      if (hooks_.on_clip_end) {
        hooks_.on_clip_end(status);
      }
    }
  }

  /// Made when first needed, with its networks.
  ClipMeasurer& measurer() {
    if (!faces_) {
      faces_ = hooks_.make_face_meter();
    }
    if (!measurer_) {
      squares_ = hooks_.make_square_meter();
      measurer_.emplace(
          *faces_, [this] { stop_if_requested(); }, squares_.get());
    }
    return *measurer_;
  }

  /// Measures one fake and stores its rows in one transaction; returns what became of it.
  std::string score_clip(ClipMeasurer& measurer, const ArtifactRow& fake,
                         const std::vector<std::size_t>& wanted) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<const Metric*> metrics;
    for (const std::size_t index : wanted) {
      metrics.push_back(metrics_[index].metric.get());
    }
    using Samples = std::vector<std::vector<Sample>>;
    const Outcome<Samples> outcome =
        guard<Samples>("evaluate", [&] { return measurer.measure(clips_->open(fake), metrics); });
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      return record_failure(fake, wanted, *failure);
    }
    const Samples& samples = std::get<Samples>(outcome);
    std::vector<ScoreRow> rows;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const std::vector<ScoreRow> clip_rows =
          to_score_rows(metrics_[wanted[i]].id, fake.id, samples[i]);
      rows.insert(rows.end(), clip_rows.begin(), clip_rows.end());
    }
    scores_.add_scores(summary_.run_id, rows);
    ++summary_.n_measured;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    log_info("clip_scored", {{"artifact", std::to_string(fake.id.value)},
                             {"frames", std::to_string(fake.n_frames.value_or(0))},
                             {"seconds", std::to_string(spent.count())}});
    return "scored";
  }

  /// Files that are damaged for good become rows; what may work next time does not.
  std::string record_failure(const ArtifactRow& fake, const std::vector<std::size_t>& wanted,
                             const Failure& failure) {
    if (failure.kind == ErrorKind::kCancelled) {
      summary_.stopped = true;
      return "stopped";
    }
    if (failure.kind == ErrorKind::kModel) {
      throw Error(failure.kind, failure.message);  // would hit every clip alike
    }
    const bool is_damaged =
        failure.kind == ErrorKind::kInput || failure.kind == ErrorKind::kCatalog;
    log_warn("clip_not_scored", {{"artifact", std::to_string(fake.id.value)},
                                 {"kind", std::string(to_string(failure.kind))},
                                 {"recorded", is_damaged ? "decode_error" : "no"},
                                 {"error", failure.message}});
    if (!is_damaged) {
      ++summary_.n_failed;
      return "failed";
    }
    std::vector<ScoreRow> rows;
    for (const std::size_t index : wanted) {
      rows.push_back(failed_clip(metrics_[index].id, fake.id, SampleStatus::kDecodeError));
    }
    scores_.add_scores(summary_.run_id, rows);
    ++summary_.n_unscorable;
    return "decode_error";
  }

  /// Verdicts on all fakes, with their definition where it is new, and aggregates of all metrics,
  /// in one transaction: exports take the newest version of auto_reject. False, and nothing stored,
  /// when stopped.
  bool add_aggregates() {
    std::optional<std::vector<AggregateRow>> rows = lent_;
    if (!rows) {
      rows = make_aggregates({scope_, *clips_, metrics_, set_metrics_, options_, scores_,
                              [this]() -> ClipMeasurer& { return measurer(); },
                              hooks_.make_feature_meter, [this] { stop_if_requested(); }});
    }
    summary_.stopped = !rows;
    if (rows) {
      database_.transaction([&] {
        rejects_ = register_rejects(scores_, options_.rejects);
        const FakeVerdicts verdicts =
            judge_fakes(rejects_, metrics_, scores_, scope_, *clips_,
                        aggregation_options(scope_, options_, rejects_.info));
        rows->insert(rows->end(), verdicts.aggregates.begin(), verdicts.aggregates.end());
        scores_.add_scores(summary_.run_id, verdicts.clips);
        scores_.add_aggregates(summary_.run_id, *rows);
      });
    }
    return rows.has_value();
  }

  [[nodiscard]] std::set<MetricId> metric_ids() const {
    std::set<MetricId> ids;
    for (const RegisteredMetric& metric : metrics_) {
      ids.insert(metric.id);
    }
    for (const RegisteredSetMetric& metric : set_metrics_) {
      ids.insert(metric.id);
    }
    return ids;
  }

  void stop_if_requested() const {
    if (hooks_.stop_requested && hooks_.stop_requested()) {
      throw_stopped();
    }
  }

  void collect_results() {
    std::set<std::string> methods;
    for (const ArtifactRow& fake : clips_->fakes()) {
      methods.insert(facts(fake).method);
    }
    std::map<std::pair<MetricId, std::string>, AggregateRow> aggregates;
    for (const AggregateRow& row : scores_.aggregates(summary_.run_id)) {
      aggregates.emplace(std::pair(row.metric_id, row.slice), row);
    }
    const auto add = [&](MetricId id, const MetricInfo& info) {
      for (const std::string& method : methods) {
        const auto found = aggregates.find({id, method_slice(method)});
        if (found != aggregates.end()) {
          summary_.metrics.push_back({info.name, info.version, method, info.unit,
                                      std::string(to_string(info.direction)), found->second});
        }
      }
    };
    for (const RegisteredMetric& metric : metrics_) {
      add(metric.id, metric.info);
    }
    add(rejects_.id, rejects_.info);
    for (const RegisteredSetMetric& metric : set_metrics_) {
      add(metric.id, metric.metric.info);
    }
  }

  Database& database_;
  RunStore runs_;
  ScoreStore scores_;
  const EvaluationOptions& options_;
  const EvaluationHooks& hooks_;
  EvaluationScope scope_;
  std::vector<RegisteredMetric> metrics_;
  std::vector<RegisteredSetMetric> set_metrics_;
  RegisteredRejects rejects_;
  std::optional<std::vector<AggregateRow>> lent_;  ///< by an evaluation of other limits alone
  std::unique_ptr<FakeSet> clips_;
  std::unique_ptr<FaceMeter> faces_;
  std::unique_ptr<SquareMeter> squares_;
  std::optional<ClipMeasurer> measurer_;
  EvaluationSummary summary_;
};

/// Whether an evaluation that finds clip values of all these metrics would open no file: it has
/// ended but for its mark, or another one lends its aggregates.
bool needs_no_file(const RunStore& runs, const ScoreStore& scores, const EvaluationScope& scope,
                   const EvaluationOptions& options, const std::set<MetricId>& metrics) {
  const std::optional<RunRow> earlier = find_evaluation(runs, scope, options.config_sha256);
  const bool is_open = earlier && earlier->status == "running";
  if (earlier && is_judged(find_rejects(scores, options.rejects), scores, scope) &&
      (!is_open || !scores.aggregates(earlier->run_id).empty())) {
    return true;
  }
  return find_lent(runs, scores, scope, is_open ? *earlier : new_evaluation(scope, options),
                   metrics)
      .has_value();
}

}  // namespace

EvaluationSummary run_evaluation(Database& database, const BlobStore& blobs,
                                 const CorpusRoots& roots, const EvaluationOptions& options,
                                 const EvaluationHooks& hooks) {
  register_torch_error_translator();
  return Evaluation(database, blobs, roots, options, hooks).run();
}

EvaluationSummary plan_evaluation(Database& database, const EvaluationOptions& options) {
  const ScoreStore scores(database);
  EvaluationSummary summary;
  summary.status = "planned";
  const EvaluationScope scope = find_scope(database, options.generate_run);
  summary.generate_run = scope.name;
  std::set<ArtifactId> fakes;
  for (const ArtifactRow& artifact :
       scope.corpus ? scores.fakes(*scope.corpus) : RunStore(database).run_artifacts(scope.name)) {
    if (artifact.kind == "fake_video") {
      fakes.insert(artifact.id);
    }
  }
  std::map<std::pair<std::string, int>, MetricId> known;
  for (const MetricDefRow& row : scores.metrics()) {
    known.emplace(std::pair(row.name, row.version), row.id);
  }
  std::set<ArtifactId> missing;
  std::set<MetricId> metrics;  // an unset id is one that no evaluation has
  for (const SetMetric& metric : options.set_metrics) {
    metrics.insert(known[{metric.info.name, metric.info.version}]);
  }
  for (const std::unique_ptr<Metric>& metric : measurable_metrics(options.scorers)) {
    const auto found = known.find({metric->info().name, metric->info().version});
    if (found == known.end()) {
      missing = fakes;  // a metric that the catalog has never seen
      break;
    }
    metrics.insert(found->second);
    for (const ArtifactRow& fake : missing_fakes(scores, found->second, scope)) {
      missing.insert(fake.id);
    }
  }
  summary.n_fakes = static_cast<std::int64_t>(fakes.size());
  summary.n_missing = static_cast<std::int64_t>(missing.size());
  if (!missing.empty() || !needs_no_file(RunStore(database), scores, scope, options, metrics)) {
    require_unpruned(database, scope.name);
  }
  return summary;
}

}  // namespace changeling

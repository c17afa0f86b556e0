#include "evaluator/run/evaluation_run.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "catalog/store/detector_store.h"
#include "catalog/store/score_store.h"
#include "common/base/build_info.h"
#include "common/base/even_spread.h"
#include "common/base/log.h"
#include "common/base/outcome.h"
#include "common/tensor/device.h"
#include "common/tensor/torch_errors.h"
#include "evaluator/metrics/sampling.h"
#include "evaluator/run/clip_measurer.h"
#include "evaluator/run/clip_pair.h"
#include "evaluator/run/corpus_fakes.h"
#include "evaluator/run/pooling.h"
#include "evaluator/run/scorers.h"
#include "evaluator/run/stand_in.h"

namespace changeling {
namespace {

/// Which metrics (by position in the registry) an artifact still lacks.
using Missing = std::map<ArtifactId, std::vector<std::size_t>>;

/// Whose fakes are evaluated: a generate run's or a corpus's. The name of a corpus's set is the
/// suite of its evaluations, which have no run above them.
struct Scope {
  std::optional<RunRow> generate_run;
  std::optional<CorpusId> corpus;
  std::string name;  ///< id of the run, or "corpus:ffpp"
};

Scope find_scope(Database& database, const std::string& text) {
  if (text.compare(0, kCorpusSetPrefix.size(), kCorpusSetPrefix) == 0) {
    const DetectorSet set = DetectorStore(database).find_set(text);
    return {std::nullopt, set.corpus_id, set.name};
  }
  const RunRow run = RunStore(database).find_generate_run(text);
  return {run, std::nullopt, run.run_id};
}

std::unique_ptr<FakeSet> open_fakes(Database& database, const BlobStore& blobs,
                                    const CorpusRoots& roots, const Scope& scope) {
  if (scope.corpus) {
    return std::make_unique<CorpusFakes>(database, blobs, roots, *scope.corpus);
  }
  return std::make_unique<ClipPairs>(database, blobs, roots, scope.name);
}

std::vector<ArtifactRow> missing_fakes(const ScoreStore& scores, MetricId metric,
                                       const Scope& scope) {
  return scope.corpus ? scores.missing(metric, *scope.corpus) : scores.missing(metric, scope.name);
}

/// The newest evaluation of these fakes and configuration.
std::optional<RunRow> find_evaluation(const RunStore& runs, const Scope& scope,
                                      const Digest& config) {
  const std::vector<RunRow> all = runs.runs();
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const RunRow& run) {
    const bool is_of_scope = scope.corpus ? !run.parent_run_id && run.suite == scope.name
                                          : run.parent_run_id == scope.name;
    return run.kind == "evaluate" && is_of_scope && run.config_sha256 == config;
  });
  return found == all.rend() ? std::nullopt : std::optional<RunRow>(*found);
}

std::string environment_json() {
  return nlohmann::json{{"changeling", project_version()}, {"torch_build", torch_build_summary()}}
      .dump();
}

bool is_identity_metric(const MetricInfo& info) {
  return info.name.rfind("id_", 0) == 0;
}

/// Metrics of labels alone say nothing of what only stands in a fake's place.
bool sees_pictures(const MetricInfo& info) {
  return info.sampling != "none";
}

class Evaluation {
 public:
  Evaluation(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
             const EvaluationOptions& options, const EvaluationHooks& hooks)
      : runs_(database),
        scores_(database),
        options_(options),
        hooks_(hooks),
        scope_(find_scope(database, options.generate_run)),
        metrics_(register_metrics(runs_, scores_, options.scorers)),
        set_metrics_(register_set_metrics(runs_, scores_, options.set_metrics)),
        clips_(open_fakes(database, blobs, roots, scope_)) {
    summary_.generate_run = scope_.name;
    summary_.n_fakes = static_cast<std::int64_t>(clips_->fakes().size());
  }

  EvaluationSummary run() {
    const Missing missing = find_missing();
    summary_.n_missing = static_cast<std::int64_t>(missing.size());
    const std::optional<RunRow> earlier = find_evaluation(runs_, scope_, options_.config_sha256);
    bool earlier_is_open = earlier && earlier->status == "running";
    if (earlier_is_open && !missing.empty() && !scores_.aggregates(earlier->run_id).empty()) {
      runs_.finish(earlier->run_id, "ok");  // killed at its very end; its aggregates are fixed
      earlier_is_open = false;
    }
    if (earlier && !earlier_is_open && missing.empty()) {
      summary_.run_id = earlier->run_id;
      summary_.status = earlier->status;
      collect_results();
      return std::move(summary_);
    }
    if (!missing.empty()) {
      (void)measurer();  // missing networks end the run before it begins
    }
    summary_.run_id = earlier_is_open ? earlier->run_id : begin_run();
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
  Missing find_missing() const {
    Missing missing;
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      for (const ArtifactRow& fake : missing_fakes(scores_, metrics_[i].id, scope_)) {
        missing[fake.id].push_back(i);
      }
    }
    return missing;
  }

  std::string begin_run() {
    RunRow run = new_run("evaluate");
    run.suite = suite();
    if (scope_.generate_run) {
      run.list_id = scope_.generate_run->list_id;
      run.parent_run_id = scope_.name;
    }
    run.config_json = options_.config_json;
    run.config_sha256 = options_.config_sha256;
    run.seed = options_.seed;
    run.env_json = environment_json();
    return runs_.begin(run);
  }

  [[nodiscard]] std::optional<std::string> suite() const {
    return scope_.generate_run ? scope_.generate_run->suite : std::optional(scope_.name);
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

  /// Every fake, and the fakes of each method: numbers of several methods mean nothing in one pool;
  /// and the baselines. False, and nothing stored, when stopped.
  bool add_aggregates() {
    std::map<std::string, std::int64_t> n_fakes = {{"all", summary_.n_fakes}};
    for (const ArtifactRow& fake : clips_->fakes()) {
      ++n_fakes[method_slice(facts(fake).method)];
    }
    std::vector<AggregateRow> rows = baseline_aggregates();
    if (summary_.stopped) {
      return false;
    }
    for (const RegisteredMetric& metric : metrics_) {
      std::map<std::string, std::vector<PooledClip>> clips = clips_by_slice(metric.id);
      for (const auto& [slice, n] : n_fakes) {
        rows.push_back(
            aggregate_clips(metric.id, clips[slice], n, aggregation_options(metric.info)));
        rows.back().slice = slice;
      }
    }
    for (const auto& [method, fakes] : fakes_by_method()) {
      const std::vector<AggregateRow> sets = set_aggregates(method, fakes);
      rows.insert(rows.end(), sets.begin(), sets.end());
    }
    if (options_.baseline_pairs > 0 && !most_real_.empty()) {
      for (const RegisteredSetMetric& set : set_metrics_) {
        const at::Tensor& real = most_real_[set.metric.info.scorer];
        rows.push_back(set_aggregate(set, {real, real}));
        rows.back().slice = baseline_slice(std::string(to_string(Baseline::kCopyTarget)));
        rows.back().coverage = 1;
      }
    }
    if (summary_.stopped) {
      return false;
    }
    scores_.add_aggregates(summary_.run_id, rows);
    return true;
  }

  std::map<std::string, std::vector<const ArtifactRow*>> fakes_by_method() const {
    std::map<std::string, std::vector<const ArtifactRow*>> fakes;
    for (const ArtifactRow& fake : clips_->fakes()) {
      fakes[facts(fake).method].push_back(&fake);
    }
    return fakes;
  }

  /// Metrics of the fakes of one method as a set. Features are taken only when there can be enough.
  std::vector<AggregateRow> set_aggregates(const std::string& method,
                                           const std::vector<const ArtifactRow*>& fakes) {
    std::int64_t n_asked = 0;
    std::set<SubjectId> people;
    for (const ArtifactRow* fake : fakes) {
      n_asked += static_cast<std::int64_t>(
          sample_frames(kFeatureSampling, fake->n_frames.value_or(0)).size());
      people.insert(facts(*fake).target_subject);
    }
    std::set<std::string> nets;  // whose faces can be enough for a metric
    for (const RegisteredSetMetric& set : set_metrics_) {
      if (set.metric.rows_needed <= n_asked) {
        nets.insert(set.metric.info.scorer);
      }
    }
    std::map<std::string, FeatureSets> sets = collect_features(fakes, nets);
    for (const auto& [net, of_net] : sets) {
      at::Tensor& most = most_real_[net];
      if (rows_of(of_net.real) > rows_of(most)) {
        most = of_net.real;
      }
    }
    std::vector<AggregateRow> rows;
    for (const RegisteredSetMetric& set : set_metrics_) {
      AggregateRow row = set_aggregate(set, sets[set.metric.info.scorer]);
      row.slice = method_slice(method);
      row.n_clusters = static_cast<std::int64_t>(people.size());
      row.coverage = n_asked > 0 ? static_cast<double>(row.n) / static_cast<double>(n_asked) : 0;
      rows.push_back(row);
    }
    return rows;
  }

  static std::int64_t rows_of(const at::Tensor& features) {
    return features.defined() ? features.size(0) : 0;
  }

  /// The value of a set metric, without slice, people and coverage.
  static AggregateRow set_aggregate(const RegisteredSetMetric& set, const FeatureSets& sets) {
    AggregateRow row;
    row.metric_id = set.id;
    row.n = rows_of(sets.fake);
    if (std::min(row.n, rows_of(sets.real)) < set.metric.rows_needed) {
      row.status = "too_few";
    } else {
      const SetValue value = set.metric.measure(sets);
      row.value = value.value;
      row.ci_method = value.note;
    }
    return row;
  }

  /// By network.
  std::map<std::string, FeatureSets> collect_features(const std::vector<const ArtifactRow*>& fakes,
                                                      const std::set<std::string>& nets) {
    if (nets.empty()) {
      return {};
    }
    if (!features_) {
      features_ = hooks_.make_feature_meter();
    }
    FeatureCollector collector(*features_, nets, target_features_, [this] { stop_if_requested(); });
    for (const ArtifactRow* fake : fakes) {
      const Outcome<bool> outcome = guard<bool>("features", [&] {
        collector.add(clips_->open(*fake));
        return true;
      });
      if (const auto* failure = std::get_if<Failure>(&outcome)) {
        note_unscored(*failure, *fake, "features");
        if (summary_.stopped) {
          return {};
        }
      }
    }
    std::map<std::string, FeatureSets> sets;
    for (const std::string& net : nets) {
      sets.emplace(net, collector.sets(net));
    }
    return sets;
  }

  void stop_if_requested() const {
    if (hooks_.stop_requested && hooks_.stop_requested()) {
      throw Error(ErrorKind::kCancelled, "stopped by request");
    }
  }

  /// A clip that lacks in an aggregate: logged, and seen in its coverage. Throws what would hit
  /// every clip alike.
  void note_unscored(const Failure& failure, const ArtifactRow& fake, std::string_view what) {
    if (failure.kind == ErrorKind::kModel) {
      throw Error(failure.kind, failure.message);
    }
    summary_.stopped = failure.kind == ErrorKind::kCancelled;
    log_warn("clip_left_out", {{"artifact", std::to_string(fake.id.value)},
                               {"of", std::string(what)},
                               {"error", failure.message}});
  }

  /// One fake of each of some evenly chosen pairs: its mask says where a baseline pastes. A
  /// corpus's fakes have none.
  std::vector<const ArtifactRow*> baseline_fakes() const {
    std::map<PairId, const ArtifactRow*> first_of_pair;
    for (const ArtifactRow& fake : clips_->fakes()) {
      if (facts(fake).pair) {
        first_of_pair.emplace(*facts(fake).pair, &fake);
      }
    }
    std::vector<const ArtifactRow*> all;
    for (const auto& [pair, fake] : first_of_pair) {
      all.push_back(fake);
    }
    std::vector<const ArtifactRow*> chosen;
    for (const std::int64_t index :
         even_spread(static_cast<std::int64_t>(all.size()), options_.baseline_pairs)) {
      chosen.push_back(all[static_cast<std::size_t>(index)]);
    }
    return chosen;
  }

  /// By slice and metric. The baselines of one pair follow each other: its target is measured once.
  using BaselineClips = std::map<std::pair<Baseline, MetricId>, std::vector<PooledClip>>;

  std::vector<AggregateRow> baseline_aggregates() {
    const std::vector<const ArtifactRow*> fakes = baseline_fakes();
    BaselineClips clips;
    for (const ArtifactRow* fake : fakes) {
      const FakeFacts& pair = facts(*fake);
      for (const Baseline baseline : kBaselines) {
        for (const ScoreRow& clip : score_baseline(baseline, *fake)) {
          if (clip.value) {
            clips[{baseline, clip.metric_id}].push_back(
                {*clip.value, pair.source_subject, pair.target_subject});
          }
        }
        if (summary_.stopped) {
          return {};
        }
      }
    }
    return aggregate_baselines(clips, static_cast<std::int64_t>(fakes.size()));
  }

  std::vector<AggregateRow> aggregate_baselines(const BaselineClips& clips,
                                                std::int64_t n_pairs) const {
    std::vector<AggregateRow> rows;
    for (const Baseline baseline : kBaselines) {
      for (const RegisteredMetric& metric : metrics_) {
        if (n_pairs == 0 || !sees_pictures(metric.info)) {
          continue;
        }
        const auto found = clips.find({baseline, metric.id});
        rows.push_back(aggregate_clips(
            metric.id, found != clips.end() ? found->second : std::vector<PooledClip>{}, n_pairs,
            aggregation_options(metric.info)));
        rows.back().slice = baseline_slice(std::string(to_string(baseline)));
      }
    }
    return rows;
  }

  /// Clip rows of the metrics; none when the clip cannot be measured, which lowers the coverage.
  std::vector<ScoreRow> score_baseline(Baseline baseline, const ArtifactRow& fake) {
    std::vector<const Metric*> metrics;
    std::vector<MetricId> ids;
    for (const RegisteredMetric& metric : metrics_) {
      if (sees_pictures(metric.info)) {
        metrics.push_back(metric.metric.get());
        ids.push_back(metric.id);
      }
    }
    using Samples = std::vector<std::vector<Sample>>;
    const Outcome<Samples> outcome = guard<Samples>("evaluate", [&] {
      return measurer().measure_baseline(clips_->open(fake), baseline, metrics);
    });
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      note_unscored(*failure, fake, to_string(baseline));
      return {};
    }
    const Samples& samples = std::get<Samples>(outcome);
    std::vector<ScoreRow> rows;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      rows.push_back(pool_clip(ids[i], fake.id, samples[i]));
    }
    return rows;
  }

  std::map<std::string, std::vector<PooledClip>> clips_by_slice(MetricId metric) const {
    std::map<std::string, std::vector<PooledClip>> clips;
    for (const ClipScore& clip : scope_.corpus ? scores_.clip_scores(metric, *scope_.corpus)
                                               : scores_.clip_scores(metric, scope_.name)) {
      if (clip.score.value) {
        const FakeFacts& pair = clips_->facts(clip.artifact_id);
        const PooledClip pooled{*clip.score.value, pair.source_subject, pair.target_subject};
        clips["all"].push_back(pooled);
        clips[method_slice(pair.method)].push_back(pooled);
      }
    }
    return clips;
  }

  AggregationOptions aggregation_options(const MetricInfo& info) const {
    AggregationOptions options;
    options.suite = suite().value_or("unnamed");
    options.metric = info.name + "@" + std::to_string(info.version);
    options.two_way = is_identity_metric(info);
    options.replicates = options_.replicates;
    return options;
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
    for (const RegisteredSetMetric& metric : set_metrics_) {
      add(metric.id, metric.metric.info);
    }
  }

  RunStore runs_;
  ScoreStore scores_;
  const EvaluationOptions& options_;
  const EvaluationHooks& hooks_;
  Scope scope_;
  std::vector<RegisteredMetric> metrics_;
  std::vector<RegisteredSetMetric> set_metrics_;
  std::unique_ptr<FakeSet> clips_;
  std::unique_ptr<FaceMeter> faces_;
  std::unique_ptr<SquareMeter> squares_;
  std::unique_ptr<FeatureMeter> features_;
  TargetFeatures target_features_;
  Features most_real_;  ///< the real faces of the method that has most
  std::optional<ClipMeasurer> measurer_;
  EvaluationSummary summary_;
};

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
  const Scope scope = find_scope(database, options.generate_run);
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
  for (const std::unique_ptr<Metric>& metric : measurable_metrics(options.scorers)) {
    const auto found = known.find({metric->info().name, metric->info().version});
    if (found == known.end()) {
      missing = fakes;  // a metric that the catalog has never seen
      break;
    }
    for (const ArtifactRow& fake : missing_fakes(scores, found->second, scope)) {
      missing.insert(fake.id);
    }
  }
  summary.n_fakes = static_cast<std::int64_t>(fakes.size());
  summary.n_missing = static_cast<std::int64_t>(missing.size());
  return summary;
}

}  // namespace changeling

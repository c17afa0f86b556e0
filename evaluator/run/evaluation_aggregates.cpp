#include "evaluator/run/evaluation_aggregates.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "common/base/even_spread.h"
#include "common/base/log.h"
#include "common/base/outcome.h"
#include "evaluator/metrics/sampling.h"
#include "evaluator/run/stand_in.h"

namespace changeling {
namespace {

/// Metrics of labels alone say nothing of what only stands in a fake's place.
bool sees_pictures(const MetricInfo& info) {
  return info.sampling != "none";
}

/// One call of make_aggregates.
class Aggregates {
 public:
  explicit Aggregates(const AggregateInputs& inputs) : in_(inputs) {}

  /// Every fake, and the fakes of each method: numbers of several methods mean nothing in one pool;
  /// and the baselines. nullopt when stopped.
  std::optional<std::vector<AggregateRow>> make() {
    std::map<std::string, std::int64_t> n_fakes = {
        {"all", static_cast<std::int64_t>(in_.clips.fakes().size())}};
    for (const ArtifactRow& fake : in_.clips.fakes()) {
      ++n_fakes[method_slice(facts(fake).method)];
    }
    std::vector<AggregateRow> rows = baseline_aggregates();
    if (stopped_) {
      return std::nullopt;
    }
    for (const RegisteredMetric& metric : in_.metrics) {
      std::map<std::string, std::vector<PooledClip>> clips = clips_by_slice(metric.id);
      for (const auto& [slice, n] : n_fakes) {
        rows.push_back(aggregate_clips(metric.id, clips[slice], n, pooling_of(metric.info)));
        rows.back().slice = slice;
      }
    }
    for (const auto& [method, fakes] : fakes_by_method()) {
      const std::vector<AggregateRow> sets = set_aggregates(method, fakes);
      if (stopped_) {
        return std::nullopt;
      }
      rows.insert(rows.end(), sets.begin(), sets.end());
    }
    if (in_.options.baseline_pairs > 0 && !most_real_.empty()) {
      for (const RegisteredSetMetric& set : in_.set_metrics) {
        const at::Tensor& real = most_real_[set.metric.info.scorer];
        rows.push_back(set_aggregate(set, {real, real}));
        rows.back().slice = baseline_slice(std::string(to_string(Baseline::kCopyTarget)));
        rows.back().coverage = 1;
      }
    }
    return rows;
  }

 private:
  [[nodiscard]] const FakeFacts& facts(const ArtifactRow& fake) const {
    return in_.clips.facts(fake.id);
  }

  std::map<std::string, std::vector<const ArtifactRow*>> fakes_by_method() const {
    std::map<std::string, std::vector<const ArtifactRow*>> fakes;
    for (const ArtifactRow& fake : in_.clips.fakes()) {
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
    for (const RegisteredSetMetric& set : in_.set_metrics) {
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
    for (const RegisteredSetMetric& set : in_.set_metrics) {
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
      features_ = in_.make_feature_meter();
    }
    FeatureCollector collector(*features_, nets, target_features_, in_.heartbeat);
    for (const ArtifactRow* fake : fakes) {
      const Outcome<bool> outcome = guard<bool>("features", [&] {
        collector.add(in_.clips.open(*fake));
        return true;
      });
      if (const auto* failure = std::get_if<Failure>(&outcome)) {
        note_unscored(*failure, *fake, "features");
        if (stopped_) {
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

  /// A clip that lacks in an aggregate: logged, and seen in its coverage. Throws what would hit
  /// every clip alike.
  void note_unscored(const Failure& failure, const ArtifactRow& fake, std::string_view what) {
    if (failure.kind == ErrorKind::kModel) {
      throw Error(failure.kind, failure.message);
    }
    stopped_ = failure.kind == ErrorKind::kCancelled;
    if (stopped_) {
      return;
    }
    log_warn("clip_left_out", {{"artifact", std::to_string(fake.id.value)},
                               {"of", std::string(what)},
                               {"error", failure.message}});
  }

  /// One fake of each of some evenly chosen pairs: its mask says where a baseline pastes. A
  /// corpus's fakes have none.
  std::vector<const ArtifactRow*> baseline_fakes() const {
    std::map<PairId, const ArtifactRow*> first_of_pair;
    for (const ArtifactRow& fake : in_.clips.fakes()) {
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
         even_spread(static_cast<std::int64_t>(all.size()), in_.options.baseline_pairs)) {
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
        if (stopped_) {
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
      for (const RegisteredMetric& metric : in_.metrics) {
        if (n_pairs == 0 || !sees_pictures(metric.info)) {
          continue;
        }
        const auto found = clips.find({baseline, metric.id});
        rows.push_back(aggregate_clips(
            metric.id, found != clips.end() ? found->second : std::vector<PooledClip>{}, n_pairs,
            pooling_of(metric.info)));
        rows.back().slice = baseline_slice(std::string(to_string(baseline)));
      }
    }
    return rows;
  }

  /// Clip rows of the metrics; none when the clip cannot be measured, which lowers the coverage.
  std::vector<ScoreRow> score_baseline(Baseline baseline, const ArtifactRow& fake) {
    std::vector<const Metric*> metrics;
    std::vector<MetricId> ids;
    for (const RegisteredMetric& metric : in_.metrics) {
      if (sees_pictures(metric.info)) {
        metrics.push_back(metric.metric.get());
        ids.push_back(metric.id);
      }
    }
    using Samples = std::vector<std::vector<Sample>>;
    const Outcome<Samples> outcome = guard<Samples>("evaluate", [&] {
      return in_.measurer().measure_baseline(in_.clips.open(fake), baseline, metrics);
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
    for (const ClipScore& clip : clip_scores(in_.scores, metric, in_.scope)) {
      if (clip.score.value) {
        const FakeFacts& pair = in_.clips.facts(clip.artifact_id);
        const PooledClip pooled{*clip.score.value, pair.source_subject, pair.target_subject};
        clips["all"].push_back(pooled);
        clips[method_slice(pair.method)].push_back(pooled);
      }
    }
    return clips;
  }

  [[nodiscard]] AggregationOptions pooling_of(const MetricInfo& info) const {
    return aggregation_options(in_.scope, in_.options, info);
  }

  const AggregateInputs& in_;
  std::unique_ptr<FeatureMeter> features_;
  TargetFeatures target_features_;
  Features most_real_;  ///< the real faces of the method that has most
  bool stopped_ = false;
};

}  // namespace

AggregationOptions aggregation_options(const EvaluationScope& scope,
                                       const EvaluationOptions& options, const MetricInfo& info) {
  AggregationOptions result;
  result.suite = scope.suite().value_or("unnamed");
  result.metric = info.name + "@" + std::to_string(info.version);
  result.replicates = options.replicates;
  return result;
}

std::optional<std::vector<AggregateRow>> make_aggregates(const AggregateInputs& inputs) {
  return Aggregates(inputs).make();
}

}  // namespace changeling

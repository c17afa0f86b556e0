#include "evaluator/scores/score_metrics.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "common/statistics/calibration.h"
#include "common/statistics/delong.h"
#include "common/statistics/score_bootstrap.h"
#include "evaluator/scores/fairness.h"
#include "evaluator/scores/score_items.h"

namespace changeling {
namespace {

struct Definition {
  std::string name;  ///< without prefix
  const char* direction;
  ScoreStatistic statistic;
  double max_fpr = 0;  ///< of a TPR; it needs as many independent reals
  /// A calibration error is a mean of absolute values: items that a replicate draws more than once
  /// raise it, so that replicates lie above the value itself, all of them where it is small.
  bool has_interval = true;
  int version = 1;
};

/// A number that is only meaningful with both classes.
template <typename Function>
ScoreStatistic both_classes(Function function) {
  return [function](const std::vector<ScoredItem>& items) -> std::optional<double> {
    if (!auc(items)) {
      return std::nullopt;
    }
    return function(items);
  };
}

ScoreStatistic tpr_at(double max_fpr) {
  return [max_fpr](const std::vector<ScoredItem>& items) { return tpr_at_fpr(items, max_fpr); };
}

std::vector<Definition> definitions() {
  using List = const std::vector<ScoredItem>&;
  return {{"auc", "up", auc},
          {"pauc_0.1", "up", [](List items) { return partial_auc(items, 0.1); }},
          {"tpr_fpr_1e-2", "up", tpr_at(1e-2), 1e-2},
          {"tpr_fpr_1e-3", "up", tpr_at(1e-3), 1e-3},
          {"eer", "down", equal_error_rate},
          {"ap", "up", average_precision},
          {"acc", "up", both_classes([](List items) { return accuracy(items); })},
          {"bal_acc", "up", both_classes([](List items) { return balanced_accuracy(items); })},
          {"logloss", "down", both_classes([](List items) { return log_loss(items); })},
          {"brier", "down", both_classes([](List items) { return brier_score(items); })},
          {"ece15", "down", both_classes([](List items) { return calibration_error(items); }), 0,
           false, 2}};
}

ScoreItems ok_only(const ScoreItems& items) {
  ScoreItems kept;
  std::copy_if(items.begin(), items.end(), std::back_inserter(kept),
               [](const ScoreItem& item) { return item.has_score; });
  return kept;
}

std::int64_t real_people(const ScoreItems& items) {
  std::set<std::int64_t> people;
  for (const ScoreItem& item : items) {
    if (!item.is_fake) {
      people.insert(item.person);
    }
  }
  return static_cast<std::int64_t>(people.size());
}

/// Computes the numbers of one list of items.
class Measurer {
 public:
  Measurer(const ScoreMetricOptions& options, std::vector<ScoreMetric>& results)
      : options_(options), results_(results) {}

  /// `slice` of `items`; without a score they count as imputed, or are left out already.
  void measure(const Definition& definition, const std::string& prefix, const std::string& slice,
               const ScoreItems& items, double coverage) {
    ScoreMetric result;
    result.definition = detector_metric(prefix + definition.name, definition.direction);
    result.definition.version = definition.version;
    AggregateRow& row = result.aggregate;
    row.slice = slice;
    row.n = static_cast<std::int64_t>(items.size());
    row.coverage = coverage;
    const BootstrapKey key{
        options_.suite, result.definition.name + "@" + std::to_string(definition.version), slice};
    const bool lacks_reals =
        definition.max_fpr > 0 && real_people(items) < least_negatives(definition.max_fpr);
    BootstrapOptions bootstrap;
    bootstrap.replicates = definition.has_interval && !lacks_reals ? options_.replicates : 0;
    const ScoreEstimate estimate =
        bootstrap_scores(clustered(items), definition.statistic, key, bootstrap);
    row.n_clusters = estimate.n_clusters;
    if (lacks_reals) {
      row.status = "too_few";
    } else if (!estimate.value) {
      row.status = "undefined";
    } else if (!definition.has_interval) {
      row.value = estimate.value;
      row.ci_method = "none: resampling raises it";
    } else {
      row.value = estimate.value;
      set_interval(estimate.interval, estimate.n_clusters, bootstrap_method(options_.replicates),
                   row);
    }
    results_.push_back(std::move(result));
  }

  void measure_delong(const std::string& slice, const ScoreItems& items, double coverage) {
    DetectorScores scores;
    for (const ScoreItem& item : items) {
      (item.is_fake ? scores.fake : scores.real).push_back(item.p);
    }
    ScoreMetric result;
    result.definition = detector_metric("auc_delong", "up");
    AggregateRow& row = result.aggregate;
    row.slice = slice;
    row.n = static_cast<std::int64_t>(items.size());
    row.n_clusters = people_of(items);
    row.coverage = coverage;
    if (const std::optional<AucEstimate> estimate = delong_auc(scores)) {
      row.value = estimate->auc;
      set_interval(estimate->interval, row.n_clusters, "delong_95; clips as if independent", row);
    } else {
      row.status = "undefined";
    }
    results_.push_back(std::move(result));
  }

  void suppress(const Definition& definition, const std::string& slice, const ScoreItems& items) {
    ScoreMetric result;
    result.definition = detector_metric(definition.name, definition.direction);
    result.aggregate.slice = slice;
    result.aggregate.status = "too_few";
    result.aggregate.n = static_cast<std::int64_t>(items.size());
    result.aggregate.n_clusters = people_of(items);
    result.aggregate.coverage = coverage_of(items);
    results_.push_back(std::move(result));
  }

 private:
  const ScoreMetricOptions& options_;
  std::vector<ScoreMetric>& results_;
};

/// Clip items or frame items of the scores.
ScoreItems items_of(const std::vector<TruthClip>& truth,
                    const std::vector<DetectorScoreRow>& scores, bool are_frames) {
  std::map<ArtifactId, const TruthClip*> clips;
  for (const TruthClip& clip : truth) {
    clips.emplace(clip.artifact, &clip);
  }
  ScoreItems items;
  for (const DetectorScoreRow& score : scores) {
    const auto found = clips.find(score.artifact_id);
    if ((score.frame >= 0) != are_frames || found == clips.end()) {
      continue;
    }
    const TruthClip& clip = *found->second;
    const bool is_fake =
        clip.is_fake && (!are_frames || clip.spans.empty() || is_swapped(clip.spans, score.frame));
    items.push_back(
        {score.p_fake.value_or(kImputed), score.p_fake.has_value(), is_fake, clip.person, &clip});
  }
  return items;
}

std::set<std::string> methods_of(const ScoreItems& items) {
  std::set<std::string> methods;
  for (const ScoreItem& item : items) {
    if (item.is_fake) {
      methods.insert(item.clip->method);
    }
  }
  return methods;
}

void measure_methods(const Definition& area, const ScoreItems& items, Measurer& measurer) {
  for (const std::string& method : methods_of(items)) {
    ScoreItems against_reals;
    std::copy_if(
        items.begin(), items.end(), std::back_inserter(against_reals),
        [&](const ScoreItem& item) { return !item.is_fake || item.clip->method == method; });
    measurer.measure(area, "", method_slice(method), against_reals, coverage_of(against_reals));
  }
}

void measure_slices(const Definition& area, const ScoreItems& items, Measurer& measurer) {
  std::map<std::string, ScoreItems> slices;
  for (const ScoreItem& item : items) {
    for (const auto& [group, bin] : item.clip->slices) {
      std::string name = group;
      name += "=";
      name += bin;
      slices[name].push_back(item);
    }
  }
  for (const auto& [name, inside] : slices) {
    if (is_slice(inside)) {
      measurer.measure(area, "", name, inside, coverage_of(inside));
    } else {
      measurer.suppress(area, name, inside);
    }
  }
}

}  // namespace

std::vector<ScoreMetric> score_metrics(const std::vector<TruthClip>& truth,
                                       const std::vector<DetectorScoreRow>& scores,
                                       const ScoreMetricOptions& options) {
  std::vector<ScoreMetric> results;
  Measurer measurer(options, results);
  const std::vector<Definition> all = definitions();
  const ScoreItems clips = items_of(truth, scores, false);
  const double coverage = coverage_of(clips);
  const std::vector<std::pair<std::string, ScoreItems>> policies = {{"all", clips},
                                                                    {kOkOnlySlice, ok_only(clips)}};
  for (const auto& [slice, items] : policies) {
    for (const Definition& definition : all) {
      measurer.measure(definition, "", slice, items, coverage);
    }
    measurer.measure_delong(slice, items, coverage);
  }
  measure_methods(all.front(), clips, measurer);
  measure_slices(all.front(), clips, measurer);
  std::vector<ScoreMetric> fairness = fairness_metrics(clips, options, results);
  std::move(fairness.begin(), fairness.end(), std::back_inserter(results));
  const ScoreItems frames = items_of(truth, scores, true);
  for (const Definition& definition : all) {
    const bool is_wanted =
        definition.name == "auc" || definition.name == "eer" || definition.name == "logloss";
    if (!frames.empty() && is_wanted) {
      measurer.measure(definition, "frame_", "all", frames, coverage_of(frames));
    }
  }
  return results;
}

}  // namespace changeling

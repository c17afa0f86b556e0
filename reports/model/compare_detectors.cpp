// What detectors make of the columns: the area under the ROC curve, fakes against controls.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "common/statistics/score_bootstrap.h"
#include "reports/model/clip_summary.h"
#include "reports/model/comparison_parts.h"
#include "reports/model/metric_texts.h"

namespace changeling {
namespace {

/// What one detector said of one column.
class SideScores {
 public:
  SideScores(const SideData& side, const std::string& detector) {
    for (const DetectorData& data : *side.detectors) {
      if (data.name == detector) {
        data_ = &data;
      }
    }
    if (data_ == nullptr) {
      return;
    }
    for (const JobData& job : side.run->jobs) {  // the shared control may be another method's
      for (const ArtifactRow& artifact : job.artifacts) {
        add(artifact);
      }
    }
    has_scores_ = std::any_of(side.jobs.begin(), side.jobs.end(), [this](const JobData* job) {
      return find(job, "fake_video") != nullptr;
    });
  }

  [[nodiscard]] bool has_scores() const { return has_scores_; }

  [[nodiscard]] const DetectorData* data() const { return data_; }

  /// The row of a job's clip, nullptr = it was not asked. Jobs of one target leave the same
  /// control, which was scored once.
  [[nodiscard]] const DetectorScoreRow* find(const JobData* job, const char* kind) const {
    const ArtifactRow* artifact = job ? job->find(kind) : nullptr;
    if (artifact == nullptr || !artifact->stream_sha256) {
      return nullptr;
    }
    const auto found = by_stream_.find({*artifact->stream_sha256, artifact->label == "fake"});
    return found == by_stream_.end() ? nullptr : found->second;
  }

 private:
  void add(const ArtifactRow& artifact) {
    const auto row = data_->clips.find(artifact.id);
    if (row != data_->clips.end() && artifact.stream_sha256) {
      by_stream_.emplace(std::make_pair(*artifact.stream_sha256, artifact.label == "fake"),
                         &row->second);
    }
  }

  const DetectorData* data_ = nullptr;
  bool has_scores_ = false;  ///< of a fake
  std::map<std::pair<Digest, bool>, const DetectorScoreRow*> by_stream_;
};

bool is_fake(std::string_view kind) {
  return kind == "fake_video";
}

/// A control shows nobody but its target.
std::optional<std::int64_t> source_of(const PairRow& pair, std::string_view kind) {
  return is_fake(kind) ? std::optional(pair.source_subject.value) : std::nullopt;
}

/// Every clip of one column once.
SideMetric summarize(const ComparisonData& data, std::size_t side, const SideScores& scores,
                     const BootstrapKey& key, const GateRules& rules) {
  SideMetric summary;
  std::vector<ClusteredScore> items;
  std::set<const DetectorScoreRow*> seen;
  for (std::size_t pair = 0; pair < data.pairs.size(); ++pair) {
    for (const char* kind : {"fake_video", "real_control"}) {
      const DetectorScoreRow* row = scores.find(data.sides[side].jobs[pair], kind);
      if (row == nullptr || !seen.insert(row).second) {
        continue;
      }
      if (row->p_fake) {
        items.push_back({*row->p_fake, is_fake(kind), data.pairs[pair].target_subject.value,
                         source_of(data.pairs[pair], kind)});
      } else {
        ++summary.missing[row->status];
      }
    }
  }
  summary.n_clips = static_cast<std::int64_t>(items.size());
  if (!seen.empty()) {
    summary.coverage = static_cast<double>(items.size()) / static_cast<double>(seen.size());
  }
  const ScoreEstimate area = bootstrap_scores(items, auc, key, drawn_by(rules));
  summary.mean = area.value;
  summary.n_people = area.n_clusters;
  if (area.interval && area.n_clusters >= kMinIntervalPeople &&
      area.interval->low < area.interval->high) {
    summary.low = area.interval->low;
    summary.high = area.interval->high;
  }
  return summary;
}

/// Clips that have a score in both columns, each once.
std::vector<PairedScore> common_clips(const ComparisonData& data, std::size_t from, std::size_t to,
                                      const std::vector<SideScores>& scores) {
  std::vector<PairedScore> items;
  std::set<std::pair<const DetectorScoreRow*, const DetectorScoreRow*>> seen;
  for (std::size_t pair = 0; pair < data.pairs.size(); ++pair) {
    for (const char* kind : {"fake_video", "real_control"}) {
      const DetectorScoreRow* first = scores[from].find(data.sides[from].jobs[pair], kind);
      const DetectorScoreRow* second = scores[to].find(data.sides[to].jobs[pair], kind);
      if (first && second && first->p_fake && second->p_fake &&
          seen.emplace(first, second).second) {
        items.push_back({*first->p_fake, *second->p_fake, is_fake(kind),
                         data.pairs[pair].target_subject.value, source_of(data.pairs[pair], kind)});
      }
    }
  }
  return items;
}

/// Other weights under the same name measure the detector, not the fakes.
bool are_other_weights(const DetectorData& a, const DetectorData& b) {
  return a.was_trained_here && b.was_trained_here && a.sha256 != b.sha256;
}

std::string why_not(const SideScores& from, const SideScores& to) {
  if (!from.has_scores() || !to.has_scores()) {
    return "This detector has scored the clips of one column only (run 'changeling detector score' "
           "on the other run, too).";
  }
  return are_other_weights(*from.data(), *to.data())
             ? "The columns were scored by other weights of that name."
             : "";
}

std::vector<SideScores> scores_of(const ComparisonData& data, const std::string& detector) {
  std::vector<SideScores> scores;
  for (const SideData& side : data.sides) {
    scores.emplace_back(side, detector);
  }
  return scores;
}

PairedDelta area_delta(const ComparisonData& data, const ComparedMetric& metric, std::size_t from,
                       std::size_t to, const std::vector<SideScores>& scores,
                       const GateRules& rules) {
  PairedDelta delta;
  delta.side = to;
  set_tolerance(rules, metric, from, delta);
  delta.note = why_not(scores[from], scores[to]);
  if (!delta.note.empty()) {
    return delta;
  }
  const std::vector<PairedScore> items = common_clips(data, from, to, scores);
  delta.n_pairs = std::count_if(items.begin(), items.end(),
                                [](const PairedScore& item) { return item.is_positive; });
  const std::optional<Digest>& list = data.first().list.list_sha256;
  const BootstrapKey key{list ? list->hex() : "unnamed", metric.name + " paired"};
  // The first column's area less the other's: above 0 the fakes are found less easily.
  const std::optional<BootstrapEstimate> result =
      bootstrap_score_difference(items, auc, key, drawn_by(rules));
  if (result) {
    set_difference(*result, rules, delta);
  } else {
    delta.note = "The columns have no fake or no control with a score in common.";
  }
  return delta;
}

ComparedMetric compare_detector(const ComparisonData& data, const std::string& detector,
                                const GateRules& rules) {
  ComparedMetric metric;
  metric.name = detector_area(detector);
  const MetricText text = metric_text(metric.name);
  metric.title = text.title;
  metric.definition = text.definition;
  metric.unit = "1";
  metric.direction = "down";
  metric.is_gated = rules.find(metric.name) != nullptr;
  const std::vector<SideScores> scores = scores_of(data, detector);
  for (std::size_t side = 0; side < data.sides.size(); ++side) {
    const BootstrapKey key{data.sides[side].run->run.suite.value_or("unnamed"), metric.name};
    metric.sides.push_back(summarize(data, side, scores[side], key, rules));
  }
  add_deltas(metric, [&](std::size_t from, std::size_t to) {
    return area_delta(data, metric, from, to, scores, rules);
  });
  return metric;
}

}  // namespace

PairedDelta make_area_delta(const ComparisonData& data, const ComparedMetric& metric,
                            std::size_t from, std::size_t to, const GateRules& rules) {
  return area_delta(data, metric, from, to, scores_of(data, detector_of_area(metric.name)), rules);
}

std::vector<ComparedMetric> make_compared_detectors(const ComparisonData& data,
                                                    const GateRules& unwatched) {
  std::set<std::string> names;
  for (const SideData& side : data.sides) {
    for (const DetectorData& detector : *side.detectors) {
      if (SideScores(side, detector.name).has_scores()) {
        names.insert(detector.name);
      }
    }
  }
  const GateRules rules =
      counted(data, unwatched, "detectors", names.size() * intervals_of_metric(data));
  std::vector<ComparedMetric> metrics;
  for (const std::string& name : names) {
    metrics.push_back(compare_detector(data, name, rules));
  }
  return metrics;
}

}  // namespace changeling

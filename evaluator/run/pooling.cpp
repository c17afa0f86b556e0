#include "evaluator/run/pooling.h"

#include <algorithm>

#include "common/statistics/cluster_bootstrap.h"
#include "common/statistics/quantile.h"
#include "evaluator/metrics/sample_tally.h"

namespace changeling {
namespace {

ScoreRow make_row(MetricId metric, ArtifactId artifact, const Sample& sample) {
  ScoreRow row;
  row.metric_id = metric;
  row.artifact_id = artifact;
  row.frame = sample.frame;
  row.status = std::string(to_string(sample.status));
  if (sample.status == SampleStatus::kOk) {
    row.value = sample.value;
  }
  return row;
}

bool is_clip_level(const std::vector<Sample>& samples) {
  return samples.size() == 1 && samples.front().frame < 0;
}

std::vector<CrossedValue> crossed(const std::vector<PooledClip>& clips) {
  std::vector<CrossedValue> values;
  for (const PooledClip& clip : clips) {
    const SubjectId source = clip.source == SubjectId{} ? clip.target : clip.source;
    values.push_back({clip.value, source.value, clip.target.value});
  }
  return values;
}

std::string method_name(const std::vector<CrossedValue>& values, int replicates) {
  const bool has_two_people = std::any_of(
      values.begin(), values.end(), [](const auto& value) { return value.source != value.target; });
  return std::string("bootstrap_expanded_95; clusters: ") +
         (has_two_people ? "source and target subject" : "target subject") +
         "; replicates: " + std::to_string(replicates);
}

}  // namespace

ScoreRow pool_clip(MetricId metric, ArtifactId artifact, const std::vector<Sample>& samples) {
  if (is_clip_level(samples)) {
    return make_row(metric, artifact, samples.front());
  }
  std::vector<double> values;
  SampleTally tally;
  for (const Sample& sample : samples) {
    tally.add(sample.status);
    if (sample.status == SampleStatus::kOk) {
      values.push_back(sample.value);
    }
  }
  ScoreRow row = make_row(metric, artifact, {-1, tally.status(), 0});
  row.n_ok = tally.n_ok();
  row.n_asked = tally.n_asked();
  if (tally.status() == SampleStatus::kOk) {
    std::sort(values.begin(), values.end());
    row.value = mean(values);
    row.p05 = quantile_of_sorted(values, 0.05);
    row.p50 = quantile_of_sorted(values, 0.50);
    row.p95 = quantile_of_sorted(values, 0.95);
  }
  return row;
}

std::vector<ScoreRow> to_score_rows(MetricId metric, ArtifactId artifact,
                                    const std::vector<Sample>& samples) {
  std::vector<ScoreRow> rows = {pool_clip(metric, artifact, samples)};
  if (!is_clip_level(samples)) {
    for (const Sample& sample : samples) {
      rows.push_back(make_row(metric, artifact, sample));
    }
  }
  return rows;
}

ScoreRow failed_clip(MetricId metric, ArtifactId artifact, SampleStatus status) {
  return make_row(metric, artifact, {-1, status, 0});
}

AggregateRow aggregate_clips(MetricId metric, const std::vector<PooledClip>& ok_clips,
                             std::int64_t n_clips, const AggregationOptions& options) {
  AggregateRow row;
  row.metric_id = metric;
  row.n = static_cast<std::int64_t>(ok_clips.size());
  row.coverage = n_clips > 0 ? static_cast<double>(row.n) / static_cast<double>(n_clips) : 0;
  if (ok_clips.empty()) {
    row.status = "undefined";
    return row;
  }
  const std::vector<CrossedValue> values = crossed(ok_clips);
  const BootstrapEstimate result = bootstrap_mean_two_way(
      values, {options.suite, options.metric, "all"}, {options.replicates, 0.95});
  row.value = result.mean;
  row.n_clusters = result.n_clusters;
  if (!result.interval || result.n_clusters < options.min_clusters) {
    row.ci_method = "too_few_clusters";
  } else if (are_alike(values)) {
    row.ci_method = "all_clips_alike";
  } else {
    row.ci_method = method_name(values, options.replicates);
    row.ci_lo = result.interval->low;
    row.ci_hi = result.interval->high;
  }
  return row;
}

}  // namespace changeling

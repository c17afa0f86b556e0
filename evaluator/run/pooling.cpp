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

BootstrapEstimate estimate(const std::vector<PooledClip>& clips,
                           const AggregationOptions& options) {
  const BootstrapKey key{options.suite, options.metric, "all"};
  const BootstrapOptions bootstrap{options.replicates, 0.95};
  if (options.two_way) {
    std::vector<CrossedValue> values;
    for (const PooledClip& clip : clips) {
      values.push_back({clip.value, clip.source.value, clip.target.value});
    }
    return bootstrap_mean_two_way(values, key, bootstrap);
  }
  std::vector<ClusteredValue> values;
  for (const PooledClip& clip : clips) {
    values.push_back({clip.value, clip.target.value});
  }
  return bootstrap_mean(values, key, bootstrap);
}

std::string method_name(const AggregationOptions& options) {
  return std::string("bootstrap_percentile_95; clusters: ") +
         (options.two_way ? "source x target subject" : "target subject") +
         "; replicates: " + std::to_string(options.replicates);
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
  const BootstrapEstimate result = estimate(ok_clips, options);
  row.value = result.mean;
  row.n_clusters = result.n_clusters;
  const bool has_interval = result.interval && result.n_clusters >= options.min_clusters;
  row.ci_method = has_interval ? method_name(options) : "too_few_clusters";
  if (has_interval) {
    row.ci_lo = result.interval->low;
    row.ci_hi = result.interval->high;
  }
  return row;
}

}  // namespace changeling

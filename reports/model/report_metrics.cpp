// Metric tables and the clips that are shown.
#include <algorithm>
#include <cstddef>
#include <map>
#include <set>

#include "reports/model/clip_summary.h"
#include "reports/model/metric_texts.h"
#include "reports/model/number_format.h"
#include "reports/model/report_parts.h"

namespace changeling {
namespace {

ReportMetric describe(const MetricDefRow& definition) {
  ReportMetric metric;
  const MetricText text = metric_text(definition.name);
  metric.name = definition.name;
  metric.version = definition.version;
  metric.title = text.title;
  metric.definition = text.definition;
  metric.unit = definition.unit;
  metric.direction = definition.direction;
  metric.status = "not_measured";
  return metric;
}

void add_aggregate(const AggregateRow& aggregate, ReportMetric& metric) {
  metric.status = aggregate.status;
  metric.mean = aggregate.value;
  metric.low = aggregate.ci_lo;
  metric.high = aggregate.ci_hi;
  metric.interval_method = aggregate.ci_method.value_or("");
  metric.n_clips = aggregate.n;
  metric.n_clusters = aggregate.n_clusters;
  metric.coverage = aggregate.coverage;
}

/// One measured clip.
struct RankedClip {
  const JobData* job;
  double value;
};

std::map<JobId, const JobData*> jobs_by_id(const RunData& data) {
  std::map<JobId, const JobData*> jobs;
  for (const JobData& job : data.jobs) {
    jobs[job.job.id] = &job;
  }
  return jobs;
}

/// Worst first; equal values by job key, so that the choice does not hang on row order.
std::vector<RankedClip> rank_clips(const RunData& data, const std::string& metric_name) {
  const std::map<JobId, const JobData*> jobs = jobs_by_id(data);
  std::vector<RankedClip> clips;
  bool up = true;
  for (const MetricData& metric : data.metrics) {
    if (metric.definition.name != metric_name) {
      continue;
    }
    up = metric.definition.direction != "down";
    for (const ClipValue& score : metric.scores) {
      const auto job = jobs.find(score.job_id);
      if (score.value && job != jobs.end()) {
        clips.push_back({job->second, *score.value});
      }
    }
  }
  std::sort(clips.begin(), clips.end(), [up](const RankedClip& a, const RankedClip& b) {
    return a.value != b.value ? (a.value < b.value) == up : a.job->job.job_key < b.job->job.job_key;
  });
  return clips;
}

/// Of a judged fake.
std::string verdict_text(int rule) {
  return rule == 0 ? "kept" : "rejected by rule " + std::to_string(rule);
}

std::vector<ReportFact> values_of(const RunData& data, JobId job) {
  std::vector<ReportFact> values;
  for (const MetricData& metric : data.metrics) {
    for (const ClipValue& score : metric.scores) {
      if (score.job_id == job && metric.definition.name == kAutoReject && score.value) {
        values.push_back({metric.definition.name, verdict_text(data.rejected_by.at(job))});
      } else if (score.job_id == job) {
        values.push_back(
            {metric.definition.name, score.value ? format_number(*score.value) : score.status});
      }
    }
  }
  std::stable_sort(values.begin(), values.end(), [](const ReportFact& a, const ReportFact& b) {
    return metric_order(a.name) < metric_order(b.name);
  });
  return values;
}

ReportExemplar describe(const RunData& data, const JobData& job, std::string rank) {
  ReportExemplar exemplar;
  exemplar.rank = std::move(rank);
  exemplar.job = short_key(job.job);
  exemplar.method = job.job.method;
  exemplar.job_id = job.job.id;
  exemplar.source = person_and_clip(data, job.pair.source_subject, job.pair.source_media);
  exemplar.target = person_and_clip(data, job.pair.target_subject, job.pair.target_media);
  exemplar.stratum = job.pair.stratum;
  if (const ArtifactRow* fake = job.find("fake_video")) {
    exemplar.n_frames = fake->n_frames.value_or(0);
    exemplar.n_swapped = fake->manipulated_frames.value_or(0);
    exemplar.fake_sha256 = fake->sha256.hex();
  }
  exemplar.values = values_of(data, job.job.id);
  exemplar.sheet_note = "The pictures of this clip were not made.";
  return exemplar;
}

/// Clip values of one metric over some jobs.
ReportMetric make_metric(const MetricData& source, const std::set<JobId>& jobs) {
  ReportMetric metric = describe(source.definition);
  for (const ClipValue& score : source.scores) {
    if (jobs.count(score.job_id) == 0) {
      continue;
    }
    if (score.value) {
      metric.clip_values.push_back(*score.value);
    } else {
      ++metric.missing[score.status];
    }
  }
  std::sort(metric.clip_values.begin(), metric.clip_values.end());
  metric.spread = make_spread(metric.clip_values);
  metric.histogram = make_histogram(metric.clip_values);
  return metric;
}

/// What the evaluation stored for a method. One that is alone may be stored as "all" only.
const AggregateRow* find_aggregate(const MetricData& metric, const std::string& method,
                                   bool is_alone) {
  auto found = metric.aggregates.find(method_slice(method));
  if (found == metric.aggregates.end() && is_alone) {
    found = metric.aggregates.find("all");
  }
  return found == metric.aggregates.end() ? nullptr : &found->second;
}

}  // namespace

std::vector<ReportBaseline> make_baselines(const MetricData& metric) {
  std::vector<ReportBaseline> baselines;
  for (const BaselineText& baseline : baseline_texts()) {
    const auto row = metric.aggregates.find(baseline_slice(baseline.name));
    if (row != metric.aggregates.end()) {
      baselines.push_back({baseline.name, row->second.value, row->second.n});
    }
  }
  return baselines;
}

std::vector<ReportMetric> make_metrics(const RunData& data, const PageProgress& progress) {
  std::map<std::string, std::set<JobId>> methods = jobs_by_method(data);
  if (methods.empty()) {
    methods[""];  // a run without pairs still says which metrics there are
  }
  std::vector<ReportMetric> metrics;
  const auto tell = part_of(progress, "metrics", "metrics");
  std::int64_t done = 0;
  for (const MetricData& source : data.metrics) {
    tell(++done, static_cast<std::int64_t>(data.metrics.size()));
    if (source.definition.level == "set" && source.aggregates.empty()) {
      continue;  // known by the gate alone: yield, speed
    }
    for (const auto& [method, jobs] : methods) {
      metrics.push_back(make_metric(source, jobs));
      metrics.back().method = methods.size() > 1 ? method : "";
      metrics.back().baselines = make_baselines(source);
      if (const AggregateRow* row = find_aggregate(source, method, methods.size() == 1)) {
        add_aggregate(*row, metrics.back());
      }
    }
  }
  std::stable_sort(metrics.begin(), metrics.end(),
                   [](const ReportMetric& a, const ReportMetric& b) {
                     return metric_order(a.name) < metric_order(b.name);
                   });
  return metrics;
}

std::vector<ReportExemplar> make_exemplars(const RunData& data, const std::string& metric) {
  const std::vector<RankedClip> clips = rank_clips(data, metric);
  if (clips.empty()) {
    return {};
  }
  std::vector<ReportExemplar> exemplars = {describe(data, *clips.back().job, "best")};
  if (clips.size() > 2) {
    exemplars.push_back(describe(data, *clips[(clips.size() - 1) / 2].job, "median"));
  }
  if (clips.size() > 1) {
    exemplars.push_back(describe(data, *clips.front().job, "worst"));
  }
  return exemplars;
}

}  // namespace changeling

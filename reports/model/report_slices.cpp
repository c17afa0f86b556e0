// Quality of the fakes by slice of their targets: a gap here becomes a gap of detectors.
#include <algorithm>
#include <map>
#include <utility>

#include "reports/model/clip_summary.h"
#include "reports/model/report_parts.h"
#include "reports/model/slices.h"

namespace changeling {
namespace {

/// One metric with its value of every job that has one.
struct SlicedMetric {
  std::string name;
  int version = 1;
  std::string unit;
  std::string direction;
  std::map<JobId, double> values;
};

SlicedMetric yield_of(const RunData& data) {
  SlicedMetric metric{"yield", 1, "1", "up", {}};
  for (const JobData& job : data.jobs) {
    if (!job.is_open()) {
      metric.values.emplace(job.job.id, job.is_done() ? 1 : 0);
    }
  }
  return metric;
}

/// Few enough for a table; the page of a comparison has the slices of all gated ones.
std::vector<SlicedMetric> sliced_metrics(const RunData& data) {
  std::vector<SlicedMetric> metrics = {yield_of(data)};
  for (const char* name :
       {"coverage", "auto_reject", "id_margin", "id_margin_dlib", "pose_l2_deg", "lmk_nme"}) {
    for (const MetricData& source : data.metrics) {
      if (source.definition.name != name) {
        continue;
      }
      SlicedMetric metric{
          name, source.definition.version, source.definition.unit, source.definition.direction, {}};
      for (const ClipValue& score : source.scores) {
        if (score.value) {
          metric.values.emplace(score.job_id, *score.value);
        }
      }
      if (!metric.values.empty()) {
        metrics.push_back(std::move(metric));
      }
    }
  }
  return metrics;
}

/// Whether a slice of a metric is large; reads no more of its jobs than that takes.
bool is_drawn(const SlicedMetric& metric, const std::vector<const JobData*>& jobs) {
  SliceSize size;
  return std::any_of(jobs.begin(), jobs.end(), [&](const JobData* job) {
    if (metric.values.count(job->job.id) > 0) {
      size.add(job->pair.target_subject);
    }
    return size.is_large();
  });
}

ReportSlice measure(const RunData& data, const SliceKey& key, const SlicedMetric& metric,
                    const std::vector<const JobData*>& jobs, const BootstrapOptions& options) {
  ReportSlice slice{
      "", key.group, key.bin, metric.name, metric.version, metric.unit, metric.direction, {}, {},
      {}, 0,         0};
  std::vector<CrossedValue> values;
  SliceSize size;
  for (const JobData* job : jobs) {
    const auto value = metric.values.find(job->job.id);
    if (value != metric.values.end()) {
      const PairRow& pair = job->pair;
      values.push_back({value->second, pair.source_subject.value, pair.target_subject.value});
      size.add(pair.target_subject);
    }
  }
  slice.n_clips = size.n_clips();
  slice.n_people = size.n_people();
  if (!size.is_large()) {
    return slice;
  }
  const SideMetric summary = summarize_values(values, data.run, metric.name, metric.version,
                                              options, key.group + "=" + key.bin);
  slice.mean = summary.mean;
  slice.low = summary.low;
  slice.high = summary.high;
  return slice;
}

}  // namespace

std::vector<ReportSlice> make_slices(const RunData& data, const PageProgress& progress) {
  std::map<std::pair<std::string, SliceKey>, std::vector<const JobData*>> members;
  for (const JobData& job : data.jobs) {
    for (SliceKey& key : slices_of(data, job.pair)) {
      members[{job.job.method, std::move(key)}].push_back(&job);
    }
  }
  const std::vector<SlicedMetric> metrics = sliced_metrics(data);
  const bool has_methods = jobs_by_method(data).size() > 1;
  std::int64_t n_drawn = 0;
  for (const auto& member : members) {
    n_drawn += std::count_if(metrics.begin(), metrics.end(), [&](const SlicedMetric& metric) {
      return is_drawn(metric, member.second);
    });
  }
  const BootstrapOptions options = watched_draws(progress, "slices", n_drawn, kPageReplicates);
  std::vector<ReportSlice> slices;
  for (const auto& [key, jobs] : members) {
    for (const SlicedMetric& metric : metrics) {
      slices.push_back(measure(data, key.second, metric, jobs, options));
      slices.back().method = has_methods ? key.first : "";
    }
  }
  return slices;
}

}  // namespace changeling

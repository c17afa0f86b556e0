#include "reports/model/clip_summary.h"

#include <algorithm>
#include <map>
#include <memory>

namespace changeling {

BootstrapOptions watched_draws(const PageProgress& progress, const std::string& part,
                               std::int64_t intervals, int replicates) {
  BootstrapOptions options{replicates};
  if (progress) {
    const auto done = std::make_shared<std::int64_t>(0);  // for all copies of the options
    options.on_replicate = [tell = part_of(progress, part, "draws"), total = intervals * replicates,
                            done] {
      *done = std::min(*done + 1, total);
      tell(*done, total);
    };
  }
  return options;
}

SideMetric summarize_values(const std::vector<CrossedValue>& values, const RunRow& run,
                            const std::string& metric, int version, const BootstrapOptions& options,
                            const std::string& slice) {
  SideMetric summary;
  summary.n_clips = static_cast<std::int64_t>(values.size());
  if (values.empty()) {
    return summary;
  }
  const BootstrapKey key{run.suite.value_or("unnamed"), metric + "@" + std::to_string(version),
                         slice};
  const BootstrapEstimate result = bootstrap_mean_two_way(values, key, options);
  summary.mean = result.mean;
  summary.n_people = result.n_clusters;
  if (result.interval && result.n_clusters >= kMinIntervalPeople && !are_alike(values)) {
    summary.low = result.interval->low;
    summary.high = result.interval->high;
  }
  return summary;
}

SideMetric summarize_jobs(const RunData& data, const MetricData& metric,
                          const std::set<JobId>& jobs, const BootstrapOptions& options) {
  std::map<JobId, const PairRow*> pairs;
  std::int64_t n_fakes = 0;
  for (const JobData& job : data.jobs) {
    pairs[job.job.id] = &job.pair;
    n_fakes += jobs.count(job.job.id) > 0 && job.job.state == "done" ? 1 : 0;
  }
  std::vector<CrossedValue> values;
  std::map<std::string, std::int64_t> missing;
  for (const ClipValue& score : metric.scores) {
    if (jobs.count(score.job_id) == 0) {
      continue;
    }
    if (score.value) {
      const PairRow& pair = *pairs.at(score.job_id);
      values.push_back({*score.value, pair.source_subject.value, pair.target_subject.value});
    } else {
      ++missing[score.status];
    }
  }
  SideMetric summary = summarize_values(values, data.run, metric.definition.name,
                                        metric.definition.version, options);
  summary.missing = std::move(missing);
  if (n_fakes > 0) {
    summary.coverage = static_cast<double>(values.size()) / static_cast<double>(n_fakes);
  }
  return summary;
}

SideMetric stored_distance(const MetricData& metric, const std::string& method) {
  SideMetric summary;
  const auto row = metric.aggregates.find(method_slice(method));
  if (row != metric.aggregates.end()) {
    summary.mean = row->second.value;
    summary.n_clips = row->second.n;
    summary.n_people = row->second.n_clusters;
    summary.coverage = row->second.coverage;
  }
  return summary;
}

std::map<std::string, std::set<JobId>> jobs_by_method(const RunData& data) {
  std::map<std::string, std::set<JobId>> methods;
  for (const JobData& job : data.jobs) {
    methods[job.job.method].insert(job.job.id);
  }
  return methods;
}

}  // namespace changeling

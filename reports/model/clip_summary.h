// reports/model/clip_summary.h: the mean of clip values with its interval, drawn as the evaluation
// draws it. Layer 2, internal to reports.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/statistics/cluster_bootstrap.h"
#include "reports/model/comparison_model.h"
#include "reports/model/page_progress.h"
#include "reports/model/run_data.h"

namespace changeling {

/// Fewest people behind an interval (docs/decisions/005).
inline constexpr std::int64_t kMinIntervalPeople = 10;

/// Of the bootstrap for what a page draws itself.
inline constexpr int kPageReplicates = 2000;

/// How the intervals of a part are drawn, counted together as "draws" of people. Of `intervals`,
/// which may be more than are drawn: few people have no interval.
[[nodiscard]] BootstrapOptions watched_draws(const PageProgress& progress, const std::string& part,
                                             std::int64_t intervals, int replicates);

/// Mean, interval, clips and people. The draws are those of the evaluation's stored aggregate of
/// that slice, so that equal clips give equal intervals; none where all clips are alike. Coverage
/// stays 0.
[[nodiscard]] SideMetric summarize_values(const std::vector<CrossedValue>& values,
                                          const RunRow& run, const std::string& metric, int version,
                                          const BootstrapOptions& options,
                                          const std::string& slice = "all");

/// The same over the fakes of some jobs, with coverage and missing ones.
[[nodiscard]] SideMetric summarize_jobs(const RunData& data, const MetricData& metric,
                                        const std::set<JobId>& jobs,
                                        const BootstrapOptions& options);

/// The distance of a whole set that the evaluation stored for a method: `n_clips` counts faces,
/// there is no interval. No mean where none was stored.
[[nodiscard]] SideMetric stored_distance(const MetricData& metric, const std::string& method);

/// Methods of a run with the jobs of each.
[[nodiscard]] std::map<std::string, std::set<JobId>> jobs_by_method(const RunData& data);

}  // namespace changeling

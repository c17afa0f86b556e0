// reports/model/queries.h: the SQL behind the numbers of a report. Layer 2, internal to reports.
#pragma once

#include <string>
#include <vector>

#include "reports/model/comparison_model.h"
#include "reports/model/run_data.h"

namespace changeling {

/// One query per section and metric of a run's report, whose rows are the numbers that link to it;
/// slices have none. Means are SQL; intervals are bootstrap over the same rows: of metrics and
/// detectors stored by their runs, of shares and slices drawn for the page.
[[nodiscard]] std::vector<ReportQuery> run_queries(const RunData& data);

/// One query per metric: means of every column and mean differences over common pairs; of a
/// distance of whole sets distance_query.
[[nodiscard]] std::vector<ReportQuery> comparison_queries(const ComparisonModel& model);

/// What the newest ended evaluations of these generate runs stored of methods and baselines.
[[nodiscard]] ReportQuery stored_means_query(const std::vector<std::string>& run_ids);

/// What the newest ended evaluations of these generate runs stored of a distance of whole sets.
[[nodiscard]] ReportQuery distance_query(const std::string& metric, int version,
                                         const std::vector<std::string>& run_ids);

/// One query per metric of a history over these generate runs.
[[nodiscard]] ReportQuery trend_query(const std::string& metric, int version,
                                      const std::vector<std::string>& run_ids);

}  // namespace changeling

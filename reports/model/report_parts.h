// reports/model/report_parts.h: the parts of a ReportModel, each from the rows it needs. Layer 2,
// internal to reports.
#pragma once

#include <string_view>
#include <vector>

#include "reports/model/report_model.h"
#include "reports/model/run_data.h"

namespace changeling {

[[nodiscard]] std::vector<ReportCheck> make_checks(const RunData& data);

/// Yield of jobs, coverage of clips by measurements.
[[nodiscard]] std::vector<ReportShare> make_shares(const RunData& data,
                                                   const PageProgress& progress = {});

[[nodiscard]] std::vector<ReportMetric> make_metrics(const RunData& data,
                                                     const PageProgress& progress = {});

/// What the evaluation stored of a metric's baselines, in the order of baseline_texts().
[[nodiscard]] std::vector<ReportBaseline> make_baselines(const MetricData& metric);

/// What each rule of kAutoReject rejected, by method and rule, as the newest evaluation counted it.
[[nodiscard]] std::vector<ReportReject> make_rejects(const RunData& data);

/// Yield, coverage, rejected fakes, identity, pose and landmarks of every slice of the targets, as
/// far as they are measured. Below kMinSliceClips or kMinSlicePeople without numbers.
[[nodiscard]] std::vector<ReportSlice> make_slices(const RunData& data,
                                                   const PageProgress& progress = {});

/// What detectors said of the run's clips.
[[nodiscard]] std::vector<ReportDetector> make_detectors(Database& database,
                                                         std::string_view run_id);

/// Best, median and worst clip by the model's exemplar metric; ties by job key.
[[nodiscard]] std::vector<ReportExemplar> make_exemplars(const RunData& data,
                                                         const std::string& metric);

[[nodiscard]] std::vector<ReportStage> make_stages(const RunData& data);

[[nodiscard]] std::vector<ReportFailure> make_failures(const RunData& data);

[[nodiscard]] std::vector<ReportLicence> make_licences(const RunData& data);

[[nodiscard]] std::vector<ReportNetwork> make_networks(const RunData& data);

}  // namespace changeling

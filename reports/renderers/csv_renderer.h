// reports/renderers/csv_renderer.h: the numbers of a run's report as a table. Layer 2.
// Format: docs/formats/report.md.
#pragma once

#include <string>

#include "reports/model/report_model.h"

namespace changeling {

/// A header and one row for every metric of every method, baseline and slice and every number of a
/// detector; fields as RFC 4180 quotes them, lines end in a line feed, numbers have 5 significant
/// digits, what is missing is empty.
[[nodiscard]] std::string render_csv(const ReportModel& model);

}  // namespace changeling

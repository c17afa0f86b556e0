// reports/renderers/svg_plot.h: static charts as SVG text: they need no script and print well.
// Layer 2.
#pragma once

#include <string>

#include "reports/model/report_model.h"

namespace changeling {

/// Histogram of the clip values, with the mean as a line and its interval as a band. Empty without
/// values. Colours come from the page's style sheet.
[[nodiscard]] std::string histogram_svg(const ReportMetric& metric);

/// Clip values in ascending order, one mark each. Empty without values.
[[nodiscard]] std::string sorted_values_svg(const ReportMetric& metric);

}  // namespace changeling

// reports/renderers/svg_plot.h: static charts as SVG text: they need no script and print well.
// Layer 2.
#pragma once

#include <string>

#include "reports/model/comparison_model.h"
#include "reports/model/report_model.h"
#include "reports/model/training_model.h"
#include "reports/model/trend_model.h"

namespace changeling {

/// Histogram of the clip values, with the mean as a line and its interval as a band. Empty without
/// values. Colours come from the page's style sheet.
[[nodiscard]] std::string histogram_svg(const ReportMetric& metric);

/// Clip values in ascending order, one mark each; of more than 600 those that would hide behind
/// others are left out. Empty without values.
[[nodiscard]] std::string sorted_values_svg(const ReportMetric& metric);

/// One mark per pair and column: value of the first column across, of the others upwards; the
/// diagonal is "no change". Of more than 600 those that would hide behind others are left out.
[[nodiscard]] std::string scatter_svg(const ComparisonModel& model, const ComparedMetric& metric);

/// Differences of the last column over common pairs; 0 is marked.
[[nodiscard]] std::string delta_histogram_svg(const ComparisonModel& model,
                                              const ComparedMetric& metric);

/// Means of all columns below each other with their intervals, in the order of the columns.
[[nodiscard]] std::string ladder_svg(const ComparisonModel& model, const ComparedMetric& metric);

/// Means of all runs with their intervals, one line per method.
[[nodiscard]] std::string trend_svg(const TrendModel& model, const TrendMetric& metric);

/// Values over the steps of a training. Empty without values.
[[nodiscard]] std::string curve_svg(const TrainingCurve& curve);

}  // namespace changeling

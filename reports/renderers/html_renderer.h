// reports/renderers/html_renderer.h: models as one self-contained page. Layer 2.
#pragma once

#include <string>

#include "reports/model/card_model.h"
#include "reports/model/comparison_model.h"
#include "reports/model/gate.h"
#include "reports/model/report_model.h"
#include "reports/model/training_model.h"
#include "reports/model/trend_model.h"

namespace changeling {

/// The chart library, inlined when it is there; without it the static charts stay.
struct ChartLibrary {
  std::string script;
  std::string style;
};

/// One HTML file: no request leaves it, pictures are inlined, dark mode and print are styled. The
/// same model and library give the same bytes.
[[nodiscard]] std::string render_html(const ReportModel& model, const ChartLibrary& charts = {});
[[nodiscard]] std::string render_html(const ComparisonModel& model,
                                      const ChartLibrary& charts = {});
[[nodiscard]] std::string render_html(const TrendModel& model, const ChartLibrary& charts = {});
/// Links to `compare-<method>/index.html` beside it.
[[nodiscard]] std::string render_html(const GateModel& model);
[[nodiscard]] std::string render_html(const TrainingModel& model);
/// Tables only, so the chart library stays out.
[[nodiscard]] std::string render_html(const CardModel& model, const ChartLibrary& charts = {});

}  // namespace changeling

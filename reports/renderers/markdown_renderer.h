// reports/renderers/markdown_renderer.h: models as Markdown. Layer 2.
#pragma once

#include <string>

#include "reports/model/card_model.h"
#include "reports/model/comparison_model.h"
#include "reports/model/gate.h"
#include "reports/model/report_model.h"
#include "reports/model/trend_model.h"

namespace changeling {

/// Text that came from outside as words of Markdown: no HTML, named link, picture, code or further
/// table cell comes of it; line ends become blanks.
[[nodiscard]] std::string escape_markdown(const std::string& text);

/// The same numbers as the page, without pictures and charts.
[[nodiscard]] std::string render_markdown(const ReportModel& model);
[[nodiscard]] std::string render_markdown(const ComparisonModel& model);
[[nodiscard]] std::string render_markdown(const TrendModel& model);
[[nodiscard]] std::string render_markdown(const GateModel& model);
[[nodiscard]] std::string render_markdown(const CardModel& model);

}  // namespace changeling

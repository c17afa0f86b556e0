// reports/renderers/markdown_renderer.h: a ReportModel as Markdown. Layer 2.
#pragma once

#include <string>

#include "reports/model/report_model.h"

namespace changeling {

/// The same numbers as the page, without pictures and charts.
[[nodiscard]] std::string render_markdown(const ReportModel& model);

}  // namespace changeling

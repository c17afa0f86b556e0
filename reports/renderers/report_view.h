// reports/renderers/report_view.h: a ReportModel as template values, every number formatted once
// for all renderers. Layer 2, internal to reports.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <kainjow/mustache.hpp>

#include "reports/model/report_model.h"

namespace changeling {

[[nodiscard]] kainjow::mustache::data make_report_view(const ReportModel& model);

/// A file of reports/templates or reports/web by name; they are compiled in.
[[nodiscard]] const std::string& report_file(const std::string& name);

/// Fills a template. Throws Error(kInternal) when it is malformed.
[[nodiscard]] std::string render_template(
    const std::string& text, const kainjow::mustache::data& values,
    const kainjow::mustache::mustache::escape_handler& escape);

}  // namespace changeling

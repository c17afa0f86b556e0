// reports/renderers/json_renderer.h: models as JSON. Format: docs/formats/report.md.
// Layer 2.
#pragma once

#include <string>

#include "reports/model/card_model.h"
#include "reports/model/comparison_model.h"
#include "reports/model/report_model.h"
#include "reports/model/training_model.h"
#include "reports/model/trend_model.h"

namespace changeling {

/// Sorted keys, numbers with 5 significant digits, two spaces of indent, a line feed at the end.
/// Pictures stay out.
[[nodiscard]] std::string render_json(const ReportModel& model);
[[nodiscard]] std::string render_json(const ComparisonModel& model);
[[nodiscard]] std::string render_json(const TrendModel& model);
[[nodiscard]] std::string render_json(const TrainingModel& model);
[[nodiscard]] std::string render_json(const CardModel& model);

}  // namespace changeling

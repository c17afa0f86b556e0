// reports/renderers/report_view.h: models as template values, every number formatted once
// for all renderers. Layer 2, internal to reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kainjow/mustache.hpp>

#include "reports/model/card_model.h"
#include "reports/model/comparison_model.h"
#include "reports/model/gate.h"
#include "reports/model/report_model.h"
#include "reports/model/trend_model.h"

namespace changeling {

[[nodiscard]] kainjow::mustache::data make_report_view(const ReportModel& model);
[[nodiscard]] kainjow::mustache::data make_comparison_view(const ComparisonModel& model);
[[nodiscard]] kainjow::mustache::data make_trend_view(const TrendModel& model);
[[nodiscard]] kainjow::mustache::data make_gate_view(const GateModel& model);
[[nodiscard]] kainjow::mustache::data make_card_view(const CardModel& model);

/// Sets `verdict`, `sign` and the CSS `class` of a verdict; without one it reads "not gated".
void set_verdict(kainjow::mustache::object& values, const std::optional<Verdict>& verdict);

/// "+0.012": differences carry their sign; a dash without a value.
[[nodiscard]] std::string signed_number(const std::optional<double>& value);
[[nodiscard]] std::string signed_interval(const std::optional<double>& low,
                                          const std::optional<double>& high);

/// Sets `of` and the flag `has_of` where differences are not of the values themselves: "|x - 1|".
void set_difference_of(kainjow::mustache::object& values, const std::string& direction);

/// A list and a flag `has_NAME` beside it, so that templates can leave out what is empty.
void set_list(kainjow::mustache::object& values, const std::string& name,
              const kainjow::mustache::list& items);

[[nodiscard]] kainjow::mustache::data flag(bool value);

/// Values of parts that several reports have.
[[nodiscard]] kainjow::mustache::list facts_view(const std::vector<ReportFact>& rows);
[[nodiscard]] kainjow::mustache::list checks_view(const std::vector<ReportCheck>& rows);
[[nodiscard]] kainjow::mustache::list failures_view(const std::vector<ReportFailure>& rows);
[[nodiscard]] kainjow::mustache::list sentences_view(const std::vector<std::string>& rows);
[[nodiscard]] kainjow::mustache::list queries_view(const std::vector<ReportQuery>& rows);

/// The mean of a metric over the fakes of one method, beside the metric's baselines.
struct MeanLine {
  std::string metric;
  std::string title;
  std::string direction;  ///< as stored: up, down, to_zero, to_one
  std::string method;     ///< shown when the lines name several
  std::optional<double> mean, low, high;
  std::int64_t n_clips = 0;  ///< behind the mean; faces of a distance of sets
  std::vector<ReportBaseline> baselines;
};

/// Sets what templates/mean_table shows: a row per metric, a column per method and per baseline.
/// Metrics without baselines stand there only where several methods are to be compared. Lines of
/// one metric follow each other.
void set_means(kainjow::mustache::object& values, const std::vector<MeanLine>& lines);

/// A file of reports/templates or reports/web by name; they are compiled in.
[[nodiscard]] const std::string& report_file(const std::string& name);

/// Fills a template. Throws Error(kInternal) when it is malformed.
[[nodiscard]] std::string render_template(
    const std::string& text, const kainjow::mustache::data& values,
    const kainjow::mustache::mustache::escape_handler& escape);

}  // namespace changeling

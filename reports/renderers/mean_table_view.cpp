// Means of methods beside baselines as template values.
#include <algorithm>

#include "reports/model/metric_texts.h"
#include "reports/model/number_format.h"
#include "reports/renderers/report_view.h"

namespace changeling {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

using MeanLines = std::vector<MeanLine>::const_iterator;

/// One cell per method, empty where the metric has no line for it.
list mean_cells(MeanLines begin, MeanLines end, const std::vector<std::string>& methods) {
  list cells;
  for (const std::string& method : methods) {
    const auto line =
        std::find_if(begin, end, [&](const MeanLine& other) { return other.method == method; });
    const bool is_known = line != end;
    const bool has_interval = is_known && line->low && line->high;
    cells.push_back(
        object{{"mean", format_number(is_known ? line->mean : std::nullopt)},
               {"has_mean", flag(is_known && line->mean)},
               {"n", std::to_string(is_known ? line->n_clips : 0)},
               {"has_interval", flag(has_interval)},
               {"interval", has_interval ? format_interval(line->low, line->high) : ""}});
  }
  return cells;
}

const ReportBaseline* find_baseline(const MeanLine& line, const std::string& name) {
  for (const ReportBaseline& baseline : line.baselines) {
    if (baseline.name == name) {
      return &baseline;
    }
  }
  return nullptr;
}

/// The baselines that some line has.
std::vector<BaselineText> shown_baselines(const std::vector<MeanLine>& lines) {
  std::vector<BaselineText> shown;
  for (const BaselineText& text : baseline_texts()) {
    if (std::any_of(lines.begin(), lines.end(),
                    [&](const MeanLine& line) { return find_baseline(line, text.name); })) {
      shown.push_back(text);
    }
  }
  return shown;
}

list baseline_cells(const MeanLine& line, const std::vector<BaselineText>& shown) {
  list cells;
  for (const BaselineText& text : shown) {
    const ReportBaseline* baseline = find_baseline(line, text.name);
    cells.push_back(object{{"mean", format_number(baseline ? baseline->mean : std::nullopt)},
                           {"has_mean", flag(baseline && baseline->mean)},
                           {"n", std::to_string(baseline ? baseline->n_clips : 0)}});
  }
  return cells;
}

}  // namespace

void set_means(object& values, const std::vector<MeanLine>& lines) {
  std::vector<std::string> methods;
  for (const MeanLine& line : lines) {
    if (std::find(methods.begin(), methods.end(), line.method) == methods.end()) {
      methods.push_back(line.method);
    }
  }
  const std::vector<BaselineText> shown = shown_baselines(lines);
  list rows;
  for (auto line = lines.begin(); line != lines.end();) {
    const auto end = std::find_if(
        line, lines.end(), [&](const MeanLine& other) { return other.metric != line->metric; });
    if (methods.size() > 1 || !line->baselines.empty()) {
      rows.push_back(object{{"name", line->metric},
                            {"title", line->title},
                            {"better", better_value(line->direction)},
                            {"methods", data(mean_cells(line, end, methods))},
                            {"baselines", data(baseline_cells(*line, shown))}});
    }
    line = end;
  }
  list names;
  for (const std::string& method : methods) {
    names.push_back(object{{"name", methods.size() > 1 ? method : "fakes"}});
  }
  list baselines;
  for (const BaselineText& text : shown) {
    baselines.push_back(object{{"name", text.name}, {"definition", text.definition}});
  }
  set_list(values, "means", rows);
  set_list(values, "mean_names", names);
  set_list(values, "baseline_names", baselines);
}

}  // namespace changeling

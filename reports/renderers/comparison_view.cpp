// Comparison and history as template values.
#include <algorithm>
#include <cmath>

#include "reports/model/metric_texts.h"
#include "reports/model/number_format.h"
#include "reports/renderers/report_view.h"
#include "reports/renderers/svg_plot.h"

namespace changeling {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

constexpr const char* kDash = "\u2013";

const char* sign_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "\u2713";
    case Verdict::kWarn:
      return "!";
    case Verdict::kFail:
      return "\u2717";
    case Verdict::kInconclusive:
      break;
  }
  return "?";
}

list sides_view(const ComparisonModel& model) {
  list items;
  for (std::size_t i = 0; i < model.sides.size(); ++i) {
    const ComparisonSide& side = model.sides[i];
    object values{{"letter", side.letter},
                  {"run_id", side.run_id},
                  {"method", side.method},
                  {"pairs", std::to_string(side.n_pairs)},
                  {"fakes", std::to_string(side.n_fakes)},
                  {"is_anchor", flag(i == 0)},
                  {"facts", data(facts_view(side.facts))}};
    set_verdict(values, i == 0 ? std::nullopt : std::optional(model.verdicts[i - 1]));
    items.push_back(values);
  }
  return items;
}

object delta_view(const ComparisonModel& model, const ComparedMetric& metric,
                  const PairedDelta& delta) {
  const SideMetric& anchor = metric.sides.front();
  const SideMetric& side = metric.sides[delta.side];
  object values{{"name", metric.name},
                {"version", std::to_string(metric.version)},
                {"title", metric.title},
                {"unit", unit_text(metric.unit)},
                {"has_unit", flag(!unit_text(metric.unit).empty())},
                {"letter", model.sides[delta.side].letter},
                {"method", model.sides[delta.side].method},
                {"anchor_mean", format_number(anchor.mean)},
                {"mean", format_number(side.mean)},
                {"interval", format_interval(side.low, side.high)},
                {"delta", signed_number(delta.delta)},
                {"delta_interval", signed_interval(delta.low, delta.high)},
                {"has_interval", flag(delta.low.has_value())},
                {"low", signed_number(delta.low)},
                {"high", signed_number(delta.high)},
                {"mde", format_number(delta.mde)},
                {"tolerance", format_number(delta.tolerance)},
                {"p", format_number(delta.p_holm)},
                {"pairs", std::to_string(delta.n_pairs)},
                {"people", std::to_string(delta.n_people)},
                {"needed", delta.people_needed ? std::to_string(*delta.people_needed) : kDash},
                {"anchor_coverage", format_number(anchor.coverage)},
                {"coverage", format_number(side.coverage)},
                {"note", delta.note},
                {"has_note", flag(!delta.note.empty())}};
  set_difference_of(values, metric.direction);
  set_verdict(values, delta.verdict);
  return values;
}

list deltas_view(const ComparisonModel& model) {
  list items;
  for (const ComparedMetric& metric : model.metrics) {
    for (const PairedDelta& delta : metric.deltas) {
      items.push_back(delta_view(model, metric, delta));
    }
  }
  return items;
}

list rungs_view(const ComparisonModel& model) {
  list items;
  for (const ComparedMetric& metric : model.metrics) {
    for (const PairedDelta& rung : metric.rungs) {
      object values = delta_view(model, metric, rung);
      values["before"] = model.sides[rung.side - 1].letter;
      items.push_back(values);
    }
  }
  return items;
}

/// The query behind a metric's numbers; empty when there is none.
std::string sql_of(const std::vector<ReportQuery>& queries, const std::string& metric) {
  const auto found =
      std::find_if(queries.begin(), queries.end(),
                   [&metric](const ReportQuery& query) { return query.id == "q-" + metric; });
  return found == queries.end() ? std::string() : found->sql;
}

list definitions_view(const ComparisonModel& model) {
  list items;
  for (const ComparedMetric& metric : model.metrics) {
    items.push_back(object{{"name", metric.name},
                           {"version", std::to_string(metric.version)},
                           {"title", metric.title},
                           {"definition", metric.definition},
                           {"better", direction_text(metric.direction)},
                           {"sql", sql_of(model.queries, metric.name)}});
  }
  return items;
}

bool has_scatter(const ComparedMetric& metric) {
  return std::any_of(metric.deltas.begin(), metric.deltas.end(),
                     [](const PairedDelta& delta) { return delta.n_pairs > 0; }) &&
         !metric.clips.empty() && metric.name != "yield";
}

list scatters_view(const ComparisonModel& model) {
  list items;
  for (const ComparedMetric& metric : model.metrics) {
    if (has_scatter(metric)) {
      items.push_back(object{{"name", metric.name},
                             {"title", metric.title},
                             {"pairs", std::to_string(metric.deltas.front().n_pairs)},
                             {"better", direction_text(metric.direction)},
                             {"scatter", scatter_svg(model, metric)},
                             {"histogram", delta_histogram_svg(model, metric)}});
    }
  }
  return items;
}

list ladders_view(const ComparisonModel& model) {
  list items;
  for (const ComparedMetric& metric : model.metrics) {
    if (metric.sides.front().mean) {
      items.push_back(object{
          {"name", metric.name}, {"title", metric.title}, {"svg", ladder_svg(model, metric)}});
    }
  }
  return items;
}

/// Strength of a colour: how many tolerances a difference is away from 0. The text says the same.
std::string heat_class(const SliceCell& cell) {
  if (!cell.mean) {
    return "few";
  }
  if (!cell.delta.delta || !cell.delta.tolerance || !(*cell.delta.tolerance > 0)) {
    return "plain";
  }
  const double steps = *cell.delta.delta / *cell.delta.tolerance;
  const std::string size = std::abs(steps) >= 2 ? "2" : std::abs(steps) >= 1 ? "1" : "0";
  return size == "0" ? "plain" : (steps > 0 ? "better" : "worse") + size;
}

list cells_view(const ComparisonModel& model, const ComparedSlice& slice) {
  list cells;
  for (std::size_t side = 0; side < slice.cells.size(); ++side) {
    const SliceCell& cell = slice.cells[side];
    cells.push_back(object{{"class", heat_class(cell)},
                           {"mean", cell.mean ? format_number(cell.mean) : "too few"},
                           {"name", slice.metric},
                           {"letter", model.sides[side].letter},
                           {"has_delta", flag(cell.delta.delta.has_value())},
                           {"delta", signed_number(cell.delta.delta)},
                           {"interval", signed_interval(cell.delta.low, cell.delta.high)},
                           {"has_interval", flag(cell.delta.low.has_value())},
                           {"n", std::to_string(cell.n_clips)},
                           {"people", std::to_string(cell.n_people)}});
  }
  return cells;
}

list heat_maps_view(const ComparisonModel& model) {
  list maps;
  for (const ComparedMetric& metric : model.metrics) {
    list rows;
    for (const ComparedSlice& slice : model.slices) {
      if (slice.metric == metric.name) {
        rows.push_back(object{
            {"group", slice.group}, {"bin", slice.bin}, {"cells", data(cells_view(model, slice))}});
      }
    }
    if (!rows.empty()) {
      object map{{"name", metric.name}, {"title", metric.title}, {"rows", data(rows)}};
      set_difference_of(map, metric.direction);
      maps.push_back(map);
    }
  }
  return maps;
}

/// True when a difference that is shown is not of the values themselves.
bool has_magnitudes(const ComparisonModel& model) {
  return std::any_of(model.metrics.begin(), model.metrics.end(), [](const ComparedMetric& metric) {
    return difference_of(metric.direction) != difference_of("up");
  });
}

list flips_view(const ComparisonModel& model) {
  list items;
  for (const ComparisonFlip& flip : model.flips) {
    items.push_back(object{{"letter", model.sides[flip.side].letter},
                           {"pair", flip.pair},
                           {"what", flip.what},
                           {"before", flip.before},
                           {"after", flip.after}});
  }
  return items;
}

list column_failures_view(const ComparisonModel& model) {
  list items;
  for (std::size_t side = 0; side < model.failures.size(); ++side) {
    for (const ReportFailure& failure : model.failures[side]) {
      items.push_back(object{{"letter", model.sides[side].letter},
                             {"where", failure.where},
                             {"stage", failure.stage},
                             {"reason", failure.reason},
                             {"count", std::to_string(failure.count)}});
    }
  }
  return items;
}

list throughput_view(const ComparisonModel& model) {
  list items;
  for (const ThroughputDelta& delta : model.throughput) {
    object values{{"letter", model.sides[delta.side].letter},
                  {"stage", delta.stage},
                  {"device", delta.device},
                  {"measure", delta.measure},
                  {"anchor_fps", format_number(delta.anchor_fps)},
                  {"fps", format_number(delta.side_fps)},
                  {"ratio", format_number(delta.ratio)},
                  {"interval", format_interval(delta.low, delta.high)},
                  {"pairs", std::to_string(delta.n_pairs)},
                  {"note", delta.note}};
    set_verdict(values, delta.verdict);
    items.push_back(values);
  }
  return items;
}

list differences_view(const ComparisonModel& model) {
  list items;
  for (const ComparisonDifference& difference : model.differences) {
    list columns;
    for (const std::string& value : difference.values) {
      columns.push_back(object{{"value", value}});
    }
    items.push_back(object{{"name", difference.name}, {"columns", data(columns)}});
  }
  return items;
}

std::string count_text(const ComparisonModel& model) {
  std::string text;
  for (const Verdict verdict :
       {Verdict::kFail, Verdict::kWarn, Verdict::kInconclusive, Verdict::kPass}) {
    std::int64_t count = 0;
    for (const ComparedMetric& metric : model.metrics) {
      count += std::count_if(metric.deltas.begin(), metric.deltas.end(),
                             [&](const PairedDelta& d) { return d.verdict == verdict; });
    }
    const std::int64_t speeds =
        std::count_if(model.throughput.begin(), model.throughput.end(),
                      [&](const ThroughputDelta& d) { return d.verdict == verdict; });
    count += speeds;
    if (count > 0) {
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + to_string(verdict);
    }
    if (speeds > 0) {
      text += speeds == count ? " (under Throughput)"
                              : " (" + std::to_string(speeds) + " under Throughput)";
    }
  }
  return text.empty() ? "nothing is gated" : text;
}

list comparison_exemplars_view(const ComparisonModel& model) {
  list items;
  for (const ComparisonExemplar& exemplar : model.exemplars) {
    items.push_back(object{{"rank", exemplar.rank},
                           {"pair", exemplar.pair},
                           {"source", exemplar.source},
                           {"target", exemplar.target},
                           {"frame", std::to_string(exemplar.frame_index)},
                           {"note", exemplar.sheet_note},
                           {"has_note", flag(!exemplar.sheet_note.empty())},
                           {"values", data(facts_view(exemplar.values))}});
  }
  return items;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

list trend_runs_view(const TrendModel& model) {
  list items;
  for (std::size_t i = 0; i < model.runs.size(); ++i) {
    const TrendRun& run = model.runs[i];
    items.push_back(object{{"number", std::to_string(i + 1)},
                           {"run_id", run.run_id},
                           {"started", run.started_at.substr(0, 16)},
                           {"commit", run.commit.substr(0, 12)},
                           {"marks", run.marks.empty() ? kDash : joined(run.marks)},
                           {"baseline", run.is_baseline ? "baseline" : ""},
                           {"verdict", run.verdict.empty() ? kDash : run.verdict}});
  }
  return items;
}

list trend_values_view(const TrendModel& model, const TrendMetric& metric) {
  list items;
  for (const TrendSeries& series : metric.series) {
    for (std::size_t i = 0; i < series.values.size(); ++i) {
      const SideMetric& value = series.values[i];
      items.push_back(object{{"number", std::to_string(i + 1)},
                             {"name", metric.name},
                             {"started", model.runs[i].started_at.substr(0, 16)},
                             {"method", series.method},
                             {"mean", format_number(value.mean)},
                             {"interval", format_interval(value.low, value.high)},
                             {"coverage", format_number(value.coverage)},
                             {"n", std::to_string(value.n_clips)},
                             {"people", std::to_string(value.n_people)}});
    }
  }
  return items;
}

list trend_metrics_view(const TrendModel& model) {
  list items;
  for (const TrendMetric& metric : model.metrics) {
    items.push_back(object{{"name", metric.name},
                           {"version", std::to_string(metric.version)},
                           {"title", metric.title},
                           {"definition", metric.definition},
                           {"better", direction_text(metric.direction)},
                           {"unit", unit_text(metric.unit)},
                           {"items", is_set_metric(metric.name) ? "faces" : "clips"},
                           {"svg", trend_svg(model, metric)},
                           {"values", data(trend_values_view(model, metric))},
                           {"sql", sql_of(model.queries, metric.name)}});
  }
  return items;
}

}  // namespace

void set_verdict(object& values, const std::optional<Verdict>& verdict) {
  values["verdict"] = verdict ? to_string(*verdict) : "not gated";
  values["sign"] = std::string(verdict ? sign_of(*verdict) : "");
  values["class"] = verdict ? to_string(*verdict) : "ungated";
}

void set_difference_of(object& values, const std::string& direction) {
  const std::string of = difference_of(direction);
  values["of"] = of;
  values["has_of"] = flag(of != difference_of("up"));
}

std::string signed_number(const std::optional<double>& value) {
  if (!value) {
    return kDash;
  }
  const std::string text = format_number(*value);
  return *value > 0 ? "+" + text : text;
}

std::string signed_interval(const std::optional<double>& low, const std::optional<double>& high) {
  return low ? signed_number(low) + " to " + signed_number(high) : kDash;
}

data make_comparison_view(const ComparisonModel& model) {
  object values{{"title", model.title},
                {"suite", model.suite},
                {"has_suite", flag(!model.suite.empty())},
                {"pair_list", model.pair_list_sha256.substr(0, 12)},
                {"counts", count_text(model)},
                {"exemplar_metric", model.exemplar_metric},
                {"has_ladder", flag(model.sides.size() > 2)},
                {"has_magnitudes", flag(has_magnitudes(model))}};
  set_verdict(values, model.verdict);
  set_list(values, "sides", sides_view(model));
  set_list(values, "deltas", deltas_view(model));
  std::vector<MeanLine> means;
  for (const ComparedMetric& metric : model.metrics) {
    const auto& side = metric.sides.front();
    means.push_back({metric.name, metric.title, metric.direction, "", side.mean, side.low,
                     side.high, side.n_clips, metric.baselines});
  }
  set_means(values, means);
  set_list(values, "rungs", rungs_view(model));
  set_list(values, "ladders", ladders_view(model));
  set_list(values, "scatters", scatters_view(model));
  set_list(values, "heat_maps", heat_maps_view(model));
  set_list(values, "flips", flips_view(model));
  set_list(values, "exemplars", comparison_exemplars_view(model));
  set_list(values, "failures", column_failures_view(model));
  set_list(values, "throughput", throughput_view(model));
  set_list(values, "differences", differences_view(model));
  set_list(values, "invariants", checks_view(model.invariants));
  set_list(values, "definitions", definitions_view(model));
  values["baselines_sql"] = sql_of(model.queries, "intervals");
  set_list(values, "not_measured", sentences_view(model.not_measured));
  return values;
}

data make_trend_view(const TrendModel& model) {
  object values{{"title", model.title},
                {"suite", model.suite},
                {"has_suite", flag(!model.suite.empty())},
                {"pair_list", model.pair_list_sha256.substr(0, 12)},
                {"n_runs", std::to_string(model.runs.size())}};
  set_list(values, "runs", trend_runs_view(model));
  set_list(values, "metrics", trend_metrics_view(model));
  std::vector<MeanLine> means;
  for (const TrendMetric& metric : model.metrics) {
    for (const TrendSeries& series : metric.series) {
      const auto& newest = series.values.back();
      means.push_back({metric.name, metric.title, metric.direction, series.method, newest.mean,
                       newest.low, newest.high, newest.n_clips, metric.baselines});
    }
  }
  set_means(values, means);
  values["baselines_sql"] = sql_of(model.queries, "intervals");
  set_list(values, "not_measured", sentences_view(model.not_measured));
  return values;
}

}  // namespace changeling

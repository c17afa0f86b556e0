#include "reports/renderers/report_view.h"

#include <algorithm>
#include <set>

#include "catalog/store/score_store.h"
#include "common/base/error.h"
#include "reports/model/metric_texts.h"
#include "reports/model/number_format.h"

namespace changeling {
namespace embedded {
const std::vector<std::pair<std::string, std::string>>& report_files();
}  // namespace embedded

namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

/// The stored verdict of the run; texts are those of Verdict.
object gate_view(const ReportGate& gate) {
  const auto verdict_of = [](const std::string& text) {
    for (const Verdict verdict :
         {Verdict::kPass, Verdict::kInconclusive, Verdict::kWarn, Verdict::kFail}) {
      if (to_string(verdict) == text) {
        return std::optional(verdict);
      }
    }
    return std::optional<Verdict>();
  };
  object values{{"baseline_run", gate.baseline_run},
                {"has_baseline", flag(!gate.baseline_run.empty())},
                {"is_broken", flag(gate.broken_checks > 0)},
                {"broken", std::to_string(gate.broken_checks)}};
  set_verdict(values, verdict_of(gate.verdict));
  list rows;
  for (const ReportGateRow& row : gate.rows) {
    object line{{"name", row.metric},
                {"version", std::to_string(row.version)},
                {"title", metric_text(row.metric).title},
                {"method", row.method},
                {"delta", signed_number(row.delta)},
                {"interval", signed_interval(row.low, row.high)},
                {"mde", format_number(row.mde)},
                {"p", format_number(row.p_holm)},
                {"tolerance", format_number(row.tolerance)}};
    set_difference_of(line, row.direction);
    set_verdict(line, verdict_of(row.verdict));
    rows.push_back(line);
  }
  set_list(values, "rows", rows);
  return values;
}

list shares(const std::vector<ReportShare>& rows) {
  list items;
  for (const ReportShare& row : rows) {
    items.push_back(object{{"name", row.name},
                           {"definition", row.definition},
                           {"query", row.query},
                           {"count", std::to_string(row.count)},
                           {"total", std::to_string(row.total)},
                           {"value", format_number(row.value)},
                           {"interval", format_interval(row.low, row.high)},
                           {"percent", row.value ? format_percent(*row.value) : "\u2013"},
                           {"width", format_number(100 * row.value.value_or(0))}});
  }
  return items;
}

/// A row for every rule, a cell for every method; rows of a method are together.
void set_rejects(object& values, const std::vector<ReportReject>& rows) {
  std::map<int, list> cells;
  std::map<int, std::string> texts;
  list names;
  for (const ReportReject& row : rows) {
    if (row.rule == rows.front().rule) {
      names.push_back(object{{"name", row.method.empty() ? "fakes" : row.method}});
    }
    texts[row.rule] = row.text;
    cells[row.rule].push_back(object{{"count", std::to_string(row.n_rejected)},
                                     {"n", std::to_string(row.n_clips)},
                                     {"has_gap", flag(row.judged < 1)},
                                     {"judged", format_percent(row.judged)}});
  }
  list rules;
  for (const auto& [rule, text] : texts) {
    rules.push_back(
        object{{"rule", std::to_string(rule)}, {"text", text}, {"methods", data(cells.at(rule))}});
  }
  set_list(values, "rejects", rules);
  set_list(values, "reject_names", names);
}

std::string missing_text(const std::map<std::string, std::int64_t>& missing) {
  std::string text;
  for (const auto& [status, count] : missing) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + status;
  }
  return text.empty() ? "0" : text;
}

object metric(const ReportMetric& row) {
  object values{{"name", row.name},
                {"version", std::to_string(row.version)},
                {"method", row.method},
                {"has_method", flag(!row.method.empty())},
                {"title", row.title},
                {"definition", row.definition},
                {"unit", unit_text(row.unit)},
                {"better", direction_text(row.direction)},
                {"mean", format_number(row.mean)},
                {"interval", format_interval(row.low, row.high)},
                {"n", std::to_string(row.n_clips)},
                {"people", std::to_string(row.n_clusters)},
                {"coverage", format_number(row.coverage)},
                {"missing", missing_text(row.missing)}};
  const bool measured = !row.clip_values.empty();
  const auto quantile = [&](double value) { return measured ? format_number(value) : "\u2013"; };
  values["min"] = quantile(row.spread.min);
  values["p05"] = quantile(row.spread.p05);
  values["p50"] = quantile(row.spread.p50);
  values["p95"] = quantile(row.spread.p95);
  values["max"] = quantile(row.spread.max);
  values["n_values"] = std::to_string(row.clip_values.size());
  values["has_unit"] = flag(!unit_text(row.unit).empty());
  return values;
}

list metrics(const std::vector<ReportMetric>& rows) {
  list items;
  for (const ReportMetric& row : rows) {
    items.push_back(metric(row));
  }
  return items;
}

/// Each metric once, whatever the number of methods.
list definitions(const std::vector<ReportMetric>& rows) {
  list items;
  std::set<std::string> seen;
  for (const ReportMetric& row : rows) {
    if (seen.insert(row.name).second) {
      items.push_back(metric(row));
    }
  }
  return items;
}

bool same_slice(const ReportSlice& a, const ReportSlice& b) {
  return a.method == b.method && a.group == b.group && a.bin == b.bin;
}

/// Metrics of the slices, in their order; every slice has all of them.
std::vector<std::string> sliced_metrics(const std::vector<ReportSlice>& rows) {
  std::vector<std::string> names;
  for (const ReportSlice& row : rows) {
    if (same_slice(row, rows.front())) {
      names.push_back(row.metric);
    }
  }
  return names;
}

object slice_cell(const ReportSlice& row) {
  return object{{"mean", row.mean ? format_number(row.mean) : "too few"},
                {"name", row.metric},
                {"has_interval", flag(row.low.has_value())},
                {"interval", format_interval(row.low, row.high)},
                {"n", std::to_string(row.n_clips)},
                {"people", std::to_string(row.n_people)}};
}

/// One line for every slice that has any number.
list slices(const std::vector<ReportSlice>& rows) {
  list items;
  for (auto row = rows.begin(); row != rows.end();) {
    const auto end = std::find_if(
        row, rows.end(), [&](const ReportSlice& other) { return !same_slice(*row, other); });
    list cells;
    for (auto cell = row; cell != end; ++cell) {
      cells.push_back(slice_cell(*cell));
    }
    if (std::any_of(row, end, [](const ReportSlice& cell) { return cell.mean.has_value(); })) {
      items.push_back(object{{"method", row->method},
                             {"has_method", flag(!row->method.empty())},
                             {"group", row->group},
                             {"bin", row->bin},
                             {"cells", data(cells)}});
    }
    row = end;
  }
  return items;
}

/// What the page's sentence on intervals does not cover: another method, or why there is none.
std::string interval_note(const ReportDetector& row) {
  if (!row.low) {
    return row.value ? why_no_interval(row.interval_method) : "";
  }
  const bool is_of_groups = row.metric == "detector_auc_gap" || row.metric == "detector_worst_auc";
  if (is_of_groups) {  // the method ends with the names of the groups
    return row.interval_method.substr(row.interval_method.rfind("; ") + 2);
  }
  return row.interval_method.rfind("bootstrap_expanded_95", 0) == 0 ? "" : row.interval_method;
}

list detectors(const std::vector<ReportDetector>& rows) {
  list items;
  for (const ReportDetector& row : rows) {
    const bool is_ok = row.status == "ok";
    items.push_back(object{{"detector", row.detector},
                           {"metric", row.metric},
                           {"slice", row.slice},
                           {"better", direction_text(row.direction)},
                           {"value", is_ok ? format_number(row.value) : row.status},
                           {"interval", format_interval(row.low, row.high)},
                           {"has_interval_note", flag(!interval_note(row).empty())},
                           {"interval_note", interval_note(row)},
                           {"n", std::to_string(row.n_items)},
                           {"people", std::to_string(row.n_people)},
                           {"coverage", format_number(row.coverage)},
                           {"missing", missing_text(row.missing)}});
  }
  return items;
}

list exemplars(const std::vector<ReportExemplar>& rows) {
  list items;
  for (const ReportExemplar& row : rows) {
    object values{{"rank", row.rank},
                  {"job", row.job},
                  {"method", row.method},
                  {"source", row.source},
                  {"target", row.target},
                  {"stratum", row.stratum},
                  {"frames", std::to_string(row.n_frames)},
                  {"swapped", std::to_string(row.n_swapped)},
                  {"fake", row.fake_sha256},
                  {"has_fake", flag(!row.fake_sha256.empty())},
                  {"note", row.sheet.empty() ? row.sheet_note : ""},
                  {"has_note", flag(row.sheet.empty())},
                  {"values", data(facts_view(row.values))}};
    items.push_back(values);
  }
  return items;
}

list stages(const std::vector<ReportStage>& rows) {
  list items;
  for (const ReportStage& row : rows) {
    items.push_back(
        object{{"method", row.method},
               {"has_method", flag(!row.method.empty())},
               {"stage", row.stage},
               {"device", row.device},
               {"jobs", std::to_string(row.n_jobs)},
               {"frames", std::to_string(row.frames)},
               {"wall", format_number(row.wall_seconds)},
               {"cpu", format_number(row.cpu_seconds)},
               {"fps", row.frames_per_second > 0 ? format_number(row.frames_per_second) : "\u2013"},
               {"peak", row.peak_mebibytes > 0 ? format_number(row.peak_mebibytes) : "\u2013"}});
  }
  return items;
}

list licences(const std::vector<ReportLicence>& rows) {
  list items;
  for (const ReportLicence& row : rows) {
    items.push_back(object{{"corpus", row.corpus},
                           {"licence", row.licence},
                           {"consent", row.consent_basis},
                           {"redistributable", row.redistributable ? "yes" : "no"},
                           {"media", std::to_string(row.n_media)},
                           {"people", std::to_string(row.n_people)},
                           {"permits", row.permits}});
  }
  return items;
}

list networks(const std::vector<ReportNetwork>& rows) {
  list items;
  for (const ReportNetwork& row : rows) {
    items.push_back(object{{"used_by", row.used_by},
                           {"role", row.role},
                           {"name", row.name},
                           {"version", row.version},
                           {"sha256", row.sha256},
                           {"licence", row.licence},
                           {"trained_on", row.trained_on.empty() ? "not stated" : row.trained_on}});
  }
  return items;
}

list job_states(const ReportModel& model) {
  list items;
  for (const auto& [state, count] : model.job_states) {
    items.push_back(object{{"state", state}, {"count", std::to_string(count)}});
  }
  return items;
}

std::string verdict_text(const ReportModel& model) {
  std::size_t holding = 0;
  for (const ReportCheck& check : model.checks) {
    holding += check.holds ? 1 : 0;
  }
  return std::to_string(holding) + " of " + std::to_string(model.checks.size()) + " checks hold";
}

}  // namespace

void set_list(object& values, const std::string& name, const list& items) {
  values["has_" + name] = data(items.empty() ? data::type::bool_false : data::type::bool_true);
  values[name] = data(items);
}

data flag(bool value) {
  return data(value ? data::type::bool_true : data::type::bool_false);
}

list facts_view(const std::vector<ReportFact>& rows) {
  list items;
  for (const ReportFact& row : rows) {
    items.push_back(object{{"name", row.name}, {"value", row.value}});
  }
  return items;
}

list checks_view(const std::vector<ReportCheck>& rows) {
  list items;
  for (const ReportCheck& row : rows) {
    items.push_back(object{{"name", row.name},
                           {"detail", row.detail},
                           {"verdict", row.holds ? "holds" : "does not hold"},
                           {"holds", flag(row.holds)}});
  }
  return items;
}

list failures_view(const std::vector<ReportFailure>& rows) {
  list items;
  for (const ReportFailure& row : rows) {
    items.push_back(object{{"where", row.where},
                           {"stage", row.stage},
                           {"reason", row.reason},
                           {"count", std::to_string(row.count)},
                           {"example", row.example}});
  }
  return items;
}

list sentences_view(const std::vector<std::string>& rows) {
  list items;
  for (const std::string& row : rows) {
    items.push_back(object{{"text", row}});
  }
  return items;
}

list queries_view(const std::vector<ReportQuery>& rows) {
  list items;
  for (const ReportQuery& row : rows) {
    items.push_back(object{{"id", row.id}, {"title", row.title}, {"sql", row.sql}});
  }
  return items;
}

data make_report_view(const ReportModel& model) {
  object values{{"title", model.title},
                {"run_id", model.run_id},
                {"verdict", verdict_text(model)},
                {"all_hold", flag(model.all_checks_hold)},
                {"permitted_use", model.permitted_use},
                {"exemplar_metric", model.exemplar_metric},
                {"retried", std::to_string(model.n_retried_jobs)}};
  list gates;
  if (model.gate) {
    gates.push_back(gate_view(*model.gate));
  }
  set_list(values, "gate", gates);
  set_list(values, "checks", checks_view(model.checks));
  set_list(values, "shares", shares(model.shares));
  set_rejects(values, model.rejects);
  set_list(values, "job_states", job_states(model));
  set_list(values, "metrics", metrics(model.metrics));
  set_list(values, "definitions", definitions(model.metrics));
  std::vector<MeanLine> means;
  for (const ReportMetric& row : model.metrics) {
    means.push_back({row.name, row.title, row.direction, row.method, row.mean, row.low, row.high,
                     row.n_clips, row.baselines});
  }
  set_means(values, means);
  values["has_methods"] = flag((!model.metrics.empty() && !model.metrics.front().method.empty()) ||
                               (!model.slices.empty() && !model.slices.front().method.empty()));
  list sliced;
  for (const std::string& name : sliced_metrics(model.slices)) {
    sliced.push_back(object{{"name", name}});
  }
  set_list(values, "sliced_metrics", sliced);
  set_list(values, "slices", slices(model.slices));
  set_list(values, "detectors", detectors(model.detectors));
  set_list(values, "exemplars", exemplars(model.exemplars));
  set_list(values, "stages", stages(model.stages));
  values["has_stage_methods"] = flag(!model.stages.empty() && !model.stages.front().method.empty());
  set_list(values, "failures", failures_view(model.failures));
  set_list(values, "licences", licences(model.licences));
  set_list(values, "networks", networks(model.networks));
  set_list(values, "run_facts", facts_view(model.run_facts));
  set_list(values, "versions", facts_view(model.versions));
  set_list(values, "queries", queries_view(model.queries));
  set_list(values, "not_measured", sentences_view(model.not_measured));
  return values;
}

const std::string& report_file(const std::string& name) {
  for (const auto& [file, content] : embedded::report_files()) {
    if (file == name) {
      return content;
    }
  }
  throw Error(ErrorKind::kInternal, "no report file '" + name + "'");
}

std::string render_template(const std::string& text, const data& values,
                            const kainjow::mustache::mustache::escape_handler& escape) {
  kainjow::mustache::mustache tmpl(text);
  CHANGELING_REQUIRE(tmpl.is_valid(), "report template: " + tmpl.error_message());
  tmpl.set_custom_escape(escape);
  return tmpl.render(values);
}

}  // namespace changeling

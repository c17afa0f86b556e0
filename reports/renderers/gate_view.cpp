// Verdicts as template values.
#include "reports/model/number_format.h"
#include "reports/renderers/report_view.h"

namespace changeling {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

list lines_view(const GateModel& model) {
  list items;
  for (const GateLine& line : model.lines) {
    const PairedDelta& delta = line.delta;
    object values{{"method", line.method},
                  {"name", line.metric},
                  {"version", std::to_string(line.version)},
                  {"title", line.title},
                  {"before", format_number(line.baseline_mean)},
                  {"mean", format_number(line.mean)},
                  {"delta", signed_number(delta.delta)},
                  {"interval", signed_interval(delta.low, delta.high)},
                  {"has_interval", flag(delta.low.has_value())},
                  {"low", signed_number(delta.low)},
                  {"high", signed_number(delta.high)},
                  {"mde", format_number(delta.mde)},
                  {"p", format_number(delta.p_holm)},
                  {"tolerance", format_number(delta.tolerance)},
                  {"pairs", std::to_string(delta.n_pairs)},
                  {"people", std::to_string(delta.n_people)},
                  {"coverage_before", format_number(line.baseline_coverage)},
                  {"coverage", format_number(line.coverage)},
                  {"note", delta.note},
                  {"has_note", flag(!delta.note.empty())}};
    set_difference_of(values, line.direction);
    set_verdict(values, delta.verdict);
    items.push_back(values);
  }
  return items;
}

list comparisons_view(const GateModel& model) {
  list items;
  for (const GateComparison& comparison : model.comparisons) {
    items.push_back(object{{"method", comparison.method}});
  }
  return items;
}

std::string outcome_text(const GateModel& model) {
  if (model.is_open) {
    return model.verdict == Verdict::kInconclusive ? "Nothing speaks against the run, but not "
                                                     "everything could be judged."
                                                   : "The run may go on.";
  }
  return model.verdict == Verdict::kFail ? "The gate is closed."
                                         : "The gate is closed: a release needs a verdict on "
                                           "everything.";
}

}  // namespace

data make_gate_view(const GateModel& model) {
  object values{{"title", model.title},
                {"run_id", model.run_id},
                {"suite", model.suite},
                {"pair_list", model.pair_list_sha256.substr(0, 12)},
                {"replicates", std::to_string(model.replicates)},
                {"outcome", outcome_text(model)},
                {"has_baseline", flag(model.baseline.has_value())}};
  if (model.baseline) {
    values["baseline_run"] = model.baseline->run_id;
    values["baseline_reason"] = model.baseline->reason;
    values["baseline_by"] = model.baseline->approved_by;
    values["has_by"] = flag(!model.baseline->approved_by.empty());
    values["baseline_since"] = model.baseline->effective_from.substr(0, 16);
  }
  set_verdict(values, model.verdict);
  set_list(values, "lines", lines_view(model));
  set_list(values, "checks", checks_view(model.checks));
  set_list(values, "remarks", sentences_view(model.remarks));
  set_list(values, "comparisons", comparisons_view(model));
  return values;
}

}  // namespace changeling

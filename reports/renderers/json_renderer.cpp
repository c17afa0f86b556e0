#include "reports/renderers/json_renderer.h"

#include <nlohmann/json.hpp>

#include "reports/model/metric_texts.h"
#include "reports/model/number_format.h"

namespace changeling {
namespace {

using nlohmann::json;

json number(double value) {
  return round_significant(value);
}

json number(const std::optional<double>& value) {
  return value ? json(round_significant(*value)) : json();
}

json to_json(const std::vector<ReportFact>& facts) {
  json object = json::object();
  for (const ReportFact& fact : facts) {
    object[fact.name] = fact.value;
  }
  return object;
}

json to_json(const ReportCheck& check) {
  return {{"name", check.name}, {"holds", check.holds}, {"detail", check.detail}};
}

json to_json(const std::optional<ReportGate>& gate) {
  if (!gate) {
    return {};
  }
  json rows = json::array();
  for (const ReportGateRow& row : gate->rows) {
    rows.push_back({{"method", row.method},
                    {"metric", row.metric},
                    {"version", row.version},
                    {"delta", number(row.delta)},
                    {"delta_of", difference_of(row.direction)},
                    {"ci_low", number(row.low)},
                    {"ci_high", number(row.high)},
                    {"mde", number(row.mde)},
                    {"p_holm", number(row.p_holm)},
                    {"tolerance", number(row.tolerance)},
                    {"verdict", row.verdict}});
  }
  return {{"verdict", gate->verdict},
          {"baseline_run", gate->baseline_run},
          {"broken_checks", gate->broken_checks},
          {"rows", rows}};
}

json to_json(const ReportDetector& row) {
  return {{"run_id", row.run_id},
          {"detector", row.detector},
          {"trained_on", row.trained_on},
          {"metric", row.metric},
          {"version", row.version},
          {"slice", row.slice},
          {"direction", row.direction},
          {"status", row.status},
          {"value", number(row.value)},
          {"ci_low", number(row.low)},
          {"ci_high", number(row.high)},
          {"ci_method", row.interval_method},
          {"n", row.n_items},
          {"n_people", row.n_people},
          {"coverage", number(row.coverage)},
          {"missing", row.missing}};
}

json to_json(const ReportSlice& slice) {
  return {{"method", slice.method},
          {"group", slice.group},
          {"bin", slice.bin},
          {"metric", slice.metric},
          {"version", slice.version},
          {"status", slice.mean ? "ok" : "too_few"},
          {"mean", number(slice.mean)},
          {"ci_low", number(slice.low)},
          {"ci_high", number(slice.high)},
          {"n", slice.n_clips},
          {"n_people", slice.n_people}};
}

json to_json(const ReportShare& share) {
  return {{"name", share.name},           {"definition", share.definition},
          {"count", share.count},         {"total", share.total},
          {"value", number(share.value)}, {"ci_low", number(share.low)},
          {"ci_high", number(share.high)}};
}

json to_json(const ReportReject& reject) {
  return {{"method", reject.method},        {"version", reject.version},  {"rule", reject.rule},
          {"rejects", reject.text},         {"count", reject.n_rejected}, {"n", reject.n_clips},
          {"judged", number(reject.judged)}};
}

json numbers(const std::vector<double>& values) {
  json list = json::array();
  for (const double value : values) {
    list.push_back(number(value));
  }
  return list;
}

json baselines_json(const std::vector<ReportBaseline>& baselines) {
  json list = json::array();
  for (const ReportBaseline& baseline : baselines) {
    list.push_back(
        {{"name", baseline.name}, {"mean", number(baseline.mean)}, {"n", baseline.n_clips}});
  }
  return list;
}

json to_json(const ReportMetric& metric) {
  return {{"name", metric.name},
          {"version", metric.version},
          {"method", metric.method},
          {"title", metric.title},
          {"definition", metric.definition},
          {"unit", metric.unit},
          {"direction", metric.direction},
          {"status", metric.status},
          {"mean", number(metric.mean)},
          {"ci_low", number(metric.low)},
          {"ci_high", number(metric.high)},
          {"ci_method", metric.interval_method},
          {"n", metric.n_clips},
          {"n_clusters", metric.n_clusters},
          {"coverage", number(metric.coverage)},
          {"clip_values", numbers(metric.clip_values)},
          {"spread",
           {{"min", number(metric.spread.min)},
            {"p05", number(metric.spread.p05)},
            {"p50", number(metric.spread.p50)},
            {"p95", number(metric.spread.p95)},
            {"max", number(metric.spread.max)}}},
          {"histogram",
           {{"low", number(metric.histogram.low)},
            {"high", number(metric.histogram.high)},
            {"counts", metric.histogram.counts}}},
          {"missing", metric.missing},
          {"baselines", baselines_json(metric.baselines)}};
}

json to_json(const ReportExemplar& exemplar) {
  return {{"rank", exemplar.rank},
          {"job", exemplar.job},
          {"source", exemplar.source},
          {"target", exemplar.target},
          {"stratum", exemplar.stratum},
          {"n_frames", exemplar.n_frames},
          {"n_swapped", exemplar.n_swapped},
          {"method", exemplar.method},
          {"fake_sha256", exemplar.fake_sha256},
          {"values", to_json(exemplar.values)}};
}

json to_json(const ReportStage& stage) {
  return {{"method", stage.method},
          {"stage", stage.stage},
          {"device", stage.device},
          {"n_jobs", stage.n_jobs},
          {"frames", stage.frames},
          {"wall_seconds", number(stage.wall_seconds)},
          {"cpu_seconds", number(stage.cpu_seconds)},
          {"frames_per_second", number(stage.frames_per_second)},
          {"peak_mebibytes", number(stage.peak_mebibytes)}};
}

json to_json(const ReportFailure& failure) {
  return {{"where", failure.where},
          {"stage", failure.stage},
          {"reason", failure.reason},
          {"count", failure.count},
          {"example", failure.example}};
}

json to_json(const ReportLicence& licence) {
  return {{"corpus", licence.corpus},
          {"licence", licence.licence},
          {"consent_basis", licence.consent_basis},
          {"redistributable", licence.redistributable},
          {"n_media", licence.n_media},
          {"n_people", licence.n_people},
          {"permits", licence.permits}};
}

json to_json(const ReportNetwork& network) {
  return {
      {"used_by", network.used_by},      {"role", network.role},     {"name", network.name},
      {"version", network.version},      {"sha256", network.sha256}, {"licence", network.licence},
      {"trained_on", network.trained_on}};
}

json to_json(const ReportQuery& query) {
  return {{"id", query.id}, {"title", query.title}, {"sql", query.sql}};
}

json to_json(const SideMetric& side) {
  return {{"mean", number(side.mean)},    {"ci_low", number(side.low)},
          {"ci_high", number(side.high)}, {"n", side.n_clips},
          {"n_people", side.n_people},    {"coverage", number(side.coverage)},
          {"missing", side.missing}};
}

json verdict_json(const std::optional<Verdict>& verdict) {
  return verdict ? json(to_string(*verdict)) : json();
}

json to_json(const PairedDelta& delta) {
  return {{"side", delta.side},
          {"delta", number(delta.delta)},
          {"ci_low", number(delta.low)},
          {"ci_high", number(delta.high)},
          {"mde", number(delta.mde)},
          {"p", number(delta.p_value)},
          {"p_holm", number(delta.p_holm)},
          {"tolerance", number(delta.tolerance)},
          {"people_needed", delta.people_needed ? json(*delta.people_needed) : json()},
          {"n_pairs", delta.n_pairs},
          {"n_people", delta.n_people},
          {"verdict", verdict_json(delta.verdict)},
          {"note", delta.note}};
}

json to_json(const ComparedClip& clip) {
  json values = json::array();
  for (const std::optional<double>& value : clip.values) {
    values.push_back(number(value));
  }
  return {{"pair", clip.pair}, {"values", values}};
}

json to_json(const ComparisonSide& side) {
  return {{"letter", side.letter},   {"run_id", side.run_id},   {"method", side.method},
          {"n_pairs", side.n_pairs}, {"n_fakes", side.n_fakes}, {"facts", to_json(side.facts)}};
}

json to_json(const SliceCell& cell) {
  return {{"mean", number(cell.mean)},         {"n", cell.n_clips},
          {"n_people", cell.n_people},         {"status", cell.mean ? "ok" : "too_few"},
          {"delta", number(cell.delta.delta)}, {"ci_low", number(cell.delta.low)},
          {"ci_high", number(cell.delta.high)}};
}

json to_json(const ComparisonFlip& flip) {
  return {{"side", flip.side},
          {"pair", flip.pair},
          {"what", flip.what},
          {"before", flip.before},
          {"after", flip.after}};
}

json to_json(const ComparisonExemplar& exemplar) {
  return {{"rank", exemplar.rank},     {"pair", exemplar.pair},
          {"source", exemplar.source}, {"target", exemplar.target},
          {"fakes", exemplar.fakes},   {"values", to_json(exemplar.values)}};
}

json to_json(const ThroughputDelta& delta) {
  return {{"side", delta.side},
          {"stage", delta.stage},
          {"device", delta.device},
          {"measure", delta.measure},
          {"n_pairs", delta.n_pairs},
          {"anchor_fps", number(delta.anchor_fps)},
          {"side_fps", number(delta.side_fps)},
          {"ratio", number(delta.ratio)},
          {"ci_low", number(delta.low)},
          {"ci_high", number(delta.high)},
          {"verdict", verdict_json(delta.verdict)},
          {"note", delta.note}};
}

json to_json(const ComparisonDifference& difference) {
  return {{"name", difference.name}, {"values", difference.values}};
}

json to_json(const TrendRun& run) {
  return {{"run_id", run.run_id},           {"started", run.started_at}, {"commit", run.commit},
          {"is_baseline", run.is_baseline}, {"marks", run.marks},        {"verdict", run.verdict}};
}

// Rows that hold lists themselves.
json to_json(const ComparedMetric& metric);
json to_json(const ComparedSlice& slice);
json to_json(const TrendSeries& series);
json to_json(const TrendMetric& metric);
json to_json(const CardFigure& figure);
json to_json(const CardTable& table);
json to_json(const CardSection& section);

template <typename Row>
json list_of(const std::vector<Row>& rows) {
  json list = json::array();
  for (const Row& row : rows) {
    list.push_back(to_json(row));
  }
  return list;
}

json to_json(const ComparedMetric& metric) {
  return {{"name", metric.name},
          {"version", metric.version},
          {"title", metric.title},
          {"definition", metric.definition},
          {"unit", metric.unit},
          {"direction", metric.direction},
          {"delta_of", difference_of(metric.direction)},
          {"gated", metric.is_gated},
          {"sides", list_of(metric.sides)},
          {"deltas", list_of(metric.deltas)},
          {"rungs", list_of(metric.rungs)},
          {"clips", list_of(metric.clips)},
          {"baselines", baselines_json(metric.baselines)}};
}

json to_json(const ComparedSlice& slice) {
  return {{"metric", slice.metric},
          {"group", slice.group},
          {"bin", slice.bin},
          {"cells", list_of(slice.cells)}};
}

json to_json(const TrendSeries& series) {
  return {{"method", series.method}, {"values", list_of(series.values)}};
}

json to_json(const TrendMetric& metric) {
  return {{"name", metric.name},
          {"version", metric.version},
          {"title", metric.title},
          {"definition", metric.definition},
          {"unit", metric.unit},
          {"direction", metric.direction},
          {"series", list_of(metric.series)},
          {"baselines", baselines_json(metric.baselines)}};
}

json verdicts_json(const std::vector<Verdict>& verdicts) {
  json list = json::array();
  for (const Verdict verdict : verdicts) {
    list.push_back(to_string(verdict));
  }
  return list;
}

json to_json(const CardCell& cell) {
  if (const auto* words = std::get_if<std::string>(&cell)) {
    return *words;
  }
  const auto* count = std::get_if<std::int64_t>(&cell);
  return count != nullptr ? json(*count) : number(std::get<std::optional<double>>(cell));
}

json to_json(const CardFigure& figure) {
  return {{"name", figure.name}, {"value", to_json(figure.value)}, {"note", figure.note}};
}

json to_json(const CardTable& table) {
  json rows = json::array();
  for (const std::vector<CardCell>& cells : table.rows) {
    json row = json::object();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      row[table.columns.at(i).key] = to_json(cells[i]);
    }
    rows.push_back(row);
  }
  return {{"id", table.id}, {"title", table.title}, {"rows", rows}, {"sql", table.sql}};
}

json to_json(const CardSection& section) {
  return {{"id", section.id},
          {"title", section.title},
          {"sentences", section.sentences},
          {"facts", to_json(section.facts)},
          {"tables", list_of(section.tables)}};
}

std::string dump(const json& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string render_json(const ComparisonModel& model) {
  json failures = json::array();
  for (const std::vector<ReportFailure>& column : model.failures) {
    failures.push_back(list_of(column));
  }
  return dump({{"schema_version", kComparisonSchemaVersion},
               {"title", model.title},
               {"suite", model.suite},
               {"pair_list_sha256", model.pair_list_sha256},
               {"verdict", to_string(model.verdict)},
               {"verdicts", verdicts_json(model.verdicts)},
               {"sides", list_of(model.sides)},
               {"invariants", list_of(model.invariants)},
               {"metrics", list_of(model.metrics)},
               {"slices", list_of(model.slices)},
               {"flips", list_of(model.flips)},
               {"exemplar_metric", model.exemplar_metric},
               {"exemplars", list_of(model.exemplars)},
               {"failures", failures},
               {"throughput", list_of(model.throughput)},
               {"differences", list_of(model.differences)},
               {"queries", list_of(model.queries)},
               {"not_measured", model.not_measured}});
}

std::string render_json(const TrendModel& model) {
  return dump({{"schema_version", kTrendSchemaVersion},
               {"title", model.title},
               {"suite", model.suite},
               {"pair_list_sha256", model.pair_list_sha256},
               {"runs", list_of(model.runs)},
               {"metrics", list_of(model.metrics)},
               {"queries", list_of(model.queries)},
               {"not_measured", model.not_measured}});
}

std::string render_json(const CardModel& model) {
  return dump({{"schema_version", kCardSchemaVersion},
               {"kind", model.kind},
               {"subject", model.subject},
               {"title", model.title},
               {"headline", model.headline},
               {"is_barred", model.is_barred},
               {"figures", list_of(model.figures)},
               {"sections", list_of(model.sections)}});
}

std::string render_json(const TrainingModel& model) {
  json curves = json::object();
  for (const TrainingCurve& curve : model.curves) {
    json points = json::array();
    for (const auto& [step, value] : curve.points) {
      points.push_back({step, number(value)});
    }
    curves[curve.name] = points;
  }
  return dump({{"schema_version", kTrainingSchemaVersion},
               {"title", model.title},
               {"facts", to_json(model.facts)},
               {"curves", curves}});
}

std::string render_json(const ReportModel& model) {
  const json document = {{"schema_version", kReportSchemaVersion},
                         {"title", model.title},
                         {"run_id", model.run_id},
                         {"all_checks_hold", model.all_checks_hold},
                         {"gate", to_json(model.gate)},
                         {"checks", list_of(model.checks)},
                         {"shares", list_of(model.shares)},
                         {"rejects", list_of(model.rejects)},
                         {"job_states", model.job_states},
                         {"metrics", list_of(model.metrics)},
                         {"slices", list_of(model.slices)},
                         {"detectors", list_of(model.detectors)},
                         {"exemplar_metric", model.exemplar_metric},
                         {"exemplars", list_of(model.exemplars)},
                         {"stages", list_of(model.stages)},
                         {"n_retried_jobs", model.n_retried_jobs},
                         {"failures", list_of(model.failures)},
                         {"licences", list_of(model.licences)},
                         {"permitted_use", model.permitted_use},
                         {"networks", list_of(model.networks)},
                         {"run", to_json(model.run_facts)},
                         {"versions", to_json(model.versions)},
                         {"queries", list_of(model.queries)},
                         {"not_measured", model.not_measured}};
  return dump(document);
}

}  // namespace changeling

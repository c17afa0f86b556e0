#include "reports/renderers/json_renderer.h"

#include <nlohmann/json.hpp>

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

json to_json(const ReportShare& share) {
  return {{"name", share.name},           {"definition", share.definition},
          {"count", share.count},         {"total", share.total},
          {"value", number(share.value)}, {"ci_low", number(share.low)},
          {"ci_high", number(share.high)}};
}

json numbers(const std::vector<double>& values) {
  json list = json::array();
  for (const double value : values) {
    list.push_back(number(value));
  }
  return list;
}

json to_json(const ReportMetric& metric) {
  return {{"name", metric.name},
          {"version", metric.version},
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
          {"missing", metric.missing}};
}

json to_json(const ReportExemplar& exemplar) {
  return {{"rank", exemplar.rank},           {"job", exemplar.job},
          {"source", exemplar.source},       {"target", exemplar.target},
          {"stratum", exemplar.stratum},     {"n_frames", exemplar.n_frames},
          {"n_swapped", exemplar.n_swapped}, {"values", to_json(exemplar.values)}};
}

json to_json(const ReportStage& stage) {
  return {{"stage", stage.stage},
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

template <typename Row>
json list_of(const std::vector<Row>& rows) {
  json list = json::array();
  for (const Row& row : rows) {
    list.push_back(to_json(row));
  }
  return list;
}

}  // namespace

std::string render_json(const ReportModel& model) {
  const json document = {{"schema_version", kReportSchemaVersion},
                         {"title", model.title},
                         {"run_id", model.run_id},
                         {"all_checks_hold", model.all_checks_hold},
                         {"checks", list_of(model.checks)},
                         {"shares", list_of(model.shares)},
                         {"job_states", model.job_states},
                         {"metrics", list_of(model.metrics)},
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
                         {"not_measured", model.not_measured}};
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace changeling

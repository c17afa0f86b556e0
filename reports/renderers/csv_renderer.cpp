#include "reports/renderers/csv_renderer.h"

#include <optional>
#include <string>

#include "catalog/store/score_store.h"
#include "common/base/plain_text.h"
#include "reports/model/number_format.h"

namespace changeling {
namespace {

constexpr const char* kHeader =
    "metric,version,detector,method,slice,unit,direction,status,value,ci_low,ci_high,n,n_people,"
    "coverage,detector_run\n";

/// One row; its members stand in the order of the header.
struct Row {
  std::string metric;
  std::string version;
  std::string detector;
  std::string method;
  std::string slice;
  std::string unit;
  std::string direction;
  std::string status;
  std::optional<double> value, low, high;
  std::optional<std::int64_t> n, n_people;
  std::optional<double> coverage;
  std::string detector_run;
};

std::string number(const std::optional<double>& value) {
  return value ? format_number(*value) : "";
}

std::string number(const std::optional<std::int64_t>& value) {
  return value ? std::to_string(*value) : "";
}

/// A name of others that a spreadsheet would run as a formula gets an apostrophe before it; numbers
/// stay numbers, since they are none of these texts.
std::string name(const std::string& text) {
  const bool is_formula = text.find_first_of("=+-@\t\r") == 0;
  return is_formula ? "'" + text : text;
}

std::string to_line(const Row& row) {
  std::string line;
  for (const std::string& field :
       {row.metric, row.version, name(row.detector), name(row.method), name(row.slice), row.unit,
        row.direction, row.status, number(row.value), number(row.low), number(row.high),
        number(row.n), number(row.n_people), number(row.coverage), row.detector_run}) {
    line += csv_field(field) + ",";
  }
  line.back() = '\n';
  return line;
}

Row to_row(const ReportMetric& metric) {
  return {metric.name,
          std::to_string(metric.version),
          "",
          metric.method,
          "all",
          metric.unit,
          metric.direction,
          metric.status,
          metric.mean,
          metric.low,
          metric.high,
          metric.n_clips,
          metric.n_clusters,
          metric.coverage,
          ""};
}

Row to_row(const ReportMetric& metric, const ReportBaseline& baseline) {
  Row row = to_row(metric);
  row.method.clear();
  row.slice = baseline_slice(baseline.name);
  row.status = baseline.mean ? "ok" : "undefined";
  row.value = baseline.mean;
  row.low.reset();
  row.high.reset();
  row.n = baseline.n_clips;
  row.n_people.reset();
  row.coverage.reset();
  return row;
}

Row to_row(const ReportReject& reject) {
  Row row;
  row.metric = kAutoReject;
  row.version = std::to_string(reject.version);
  row.method = reject.method;
  row.slice = "rule=" + std::to_string(reject.rule);
  row.unit = "1";
  row.direction = "down";
  row.status = reject.n_clips > 0 ? "ok" : "undefined";
  if (reject.n_clips > 0) {
    row.value = static_cast<double>(reject.n_rejected) / static_cast<double>(reject.n_clips);
  }
  row.n = reject.n_clips;
  row.coverage = reject.judged;
  return row;
}

Row to_row(const ReportSlice& slice) {
  return {slice.metric,
          std::to_string(slice.version),
          "",
          slice.method,
          slice.group + "=" + slice.bin,
          slice.unit,
          slice.direction,
          slice.mean ? "ok" : "too_few",
          slice.mean,
          slice.low,
          slice.high,
          slice.n_clips,
          slice.n_people,
          std::nullopt,
          ""};
}

Row to_row(const ReportDetector& row) {
  return {row.metric,    std::to_string(row.version),
          row.detector,  "",
          row.slice,     "1",
          row.direction, row.status,
          row.value,     row.low,
          row.high,      row.n_items,
          row.n_people,  row.coverage,
          row.run_id};
}

}  // namespace

std::string render_csv(const ReportModel& model) {
  std::string text = kHeader;
  std::string with_baselines;  // those of a metric stand in each of its methods
  for (const ReportMetric& metric : model.metrics) {
    text += to_line(to_row(metric));
  }
  for (const ReportMetric& metric : model.metrics) {
    if (metric.name != with_baselines) {
      with_baselines = metric.name;
      for (const ReportBaseline& baseline : metric.baselines) {
        text += to_line(to_row(metric, baseline));
      }
    }
  }
  for (const ReportReject& reject : model.rejects) {
    text += to_line(to_row(reject));
  }
  for (const ReportSlice& slice : model.slices) {
    text += to_line(to_row(slice));
  }
  for (const ReportDetector& row : model.detectors) {
    text += to_line(to_row(row));
  }
  return text;
}

}  // namespace changeling

// What the rules of auto_reject make of the fakes of a run.
#include <cmath>
#include <map>
#include <set>

#include "reports/model/clip_summary.h"
#include "reports/model/metric_texts.h"
#include "reports/model/report_parts.h"

namespace changeling {
namespace {

ReportReject make_reject(const std::string& text, int rule, const AggregateRow& row) {
  ReportReject reject;
  reject.rule = rule;
  reject.text = text;
  reject.n_clips = row.n;
  reject.n_rejected = std::llround(row.value.value_or(0) * static_cast<double>(row.n));
  reject.judged = row.coverage;
  return reject;
}

}  // namespace

std::vector<ReportReject> make_rejects(const RunData& data) {
  const std::map<std::string, std::set<JobId>> methods = jobs_by_method(data);
  std::vector<ReportReject> rejects;
  for (const MetricData& metric : data.metrics) {
    if (metric.definition.name != kAutoReject) {
      continue;
    }
    const std::vector<std::string> texts = reject_rule_texts(metric.definition.params_json);
    for (const auto& [method, jobs] : methods) {
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const int rule = static_cast<int>(i) + 1;
        const auto row = metric.aggregates.find(reject_slice(method, rule));
        if (row != metric.aggregates.end()) {
          rejects.push_back(make_reject(texts[i], rule, row->second));
          rejects.back().version = metric.definition.version;
          rejects.back().method = methods.size() > 1 ? method : "";
        }
      }
    }
  }
  return rejects;
}

}  // namespace changeling

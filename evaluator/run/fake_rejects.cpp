#include "evaluator/run/fake_rejects.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "common/base/log.h"
#include "common/statistics/quantile.h"

namespace changeling {
namespace {

/// Of one metric.
using ClipValues = std::map<ArtifactId, double>;

/// What the rules say of the fakes of a slice.
struct RuleCounts {
  std::int64_t n_fakes = 0;
  std::vector<std::int64_t> n_rejected, n_judged;  ///< by rule
};

/// One call of judge_fakes.
class Verdicts {
 public:
  Verdicts(const RegisteredRejects& rejects, const FakeSet& fakes,
           const AggregationOptions& options)
      : rejects_(rejects), fakes_(fakes), options_(options) {}

  FakeVerdicts judge(const std::vector<ClipValues>& values) {
    const std::map<std::string, std::vector<std::optional<double>>> medians = find_medians(values);
    for (const ArtifactRow& fake : fakes_.fakes()) {
      const FakeFacts& facts = fakes_.facts(fake.id);
      const std::string& method = facts.method;
      std::vector<RuleInput> inputs;
      for (std::size_t i = 0; i < rejects_.rules.size(); ++i) {
        const auto value = values[i].find(fake.id);
        inputs.push_back({value == values[i].end() ? std::nullopt : std::optional(value->second),
                          medians.at(method)[i]});
      }
      const bool is_self = facts.source_subject && facts.source_subject == facts.target_subject;
      add(fake.id, judge_clip(rejects_.rules, inputs, {is_self, facts.is_partial}));
    }
    add_aggregates();
    return std::move(result_);
  }

 private:
  /// By method, then by rule; none where no fake of the method has a value.
  std::map<std::string, std::vector<std::optional<double>>> find_medians(
      const std::vector<ClipValues>& values) const {
    std::map<std::string, std::vector<std::vector<double>>> by_method;
    for (const ArtifactRow& fake : fakes_.fakes()) {
      std::vector<std::vector<double>>& of_method = by_method[fakes_.facts(fake.id).method];
      of_method.resize(rejects_.rules.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (const auto value = values[i].find(fake.id); value != values[i].end()) {
          of_method[i].push_back(value->second);
        }
      }
    }
    std::map<std::string, std::vector<std::optional<double>>> medians;
    for (auto& [method, of_method] : by_method) {
      for (std::vector<double>& of_rule : of_method) {
        std::sort(of_rule.begin(), of_rule.end());
        medians[method].push_back(
            of_rule.empty() ? std::nullopt : std::optional(quantile_of_sorted(of_rule, 0.5)));
      }
    }
    return medians;
  }

  void add(ArtifactId fake, const RejectVerdict& verdict) {
    const auto n_judged = static_cast<std::int64_t>(verdict.n_judged());
    ScoreRow row;
    row.metric_id = rejects_.id;
    row.artifact_id = fake;
    row.n_ok = n_judged;
    row.n_asked = static_cast<std::int64_t>(rejects_.rules.size());
    row.status = std::string(to_string(n_judged > 0 ? SampleStatus::kOk : SampleStatus::kSkipped));
    const FakeFacts& facts = fakes_.facts(fake);
    if (n_judged > 0) {
      row.value = verdict.rule;
      const PooledClip pooled{verdict.rule > 0 ? 1.0 : 0.0, facts.source_subject,
                              facts.target_subject};
      clips_["all"].push_back(pooled);
      clips_[method_slice(facts.method)].push_back(pooled);
    }
    result_.clips.push_back(row);
    ++n_fakes_;
    RuleCounts& counts = counts_[facts.method];
    counts.n_rejected.resize(rejects_.rules.size());
    counts.n_judged.resize(rejects_.rules.size());
    ++counts.n_fakes;
    for (std::size_t i = 0; i < rejects_.rules.size(); ++i) {
      counts.n_judged[i] += verdict.is_judged[i] ? 1 : 0;
      counts.n_rejected[i] += verdict.rule == static_cast<int>(i) + 1 ? 1 : 0;
    }
  }

  void add_share(const std::string& slice, std::int64_t n_fakes) {
    AggregateRow row = aggregate_clips(rejects_.id, clips_[slice], n_fakes, options_);
    row.slice = slice;
    result_.aggregates.push_back(row);
  }

  void add_aggregates() {
    add_share("all", n_fakes_);
    for (const auto& [method, counts] : counts_) {
      add_share(method_slice(method), counts.n_fakes);
      for (std::size_t i = 0; i < rejects_.rules.size(); ++i) {
        add_rule(method, counts, i);
      }
    }
  }

  void add_rule(const std::string& method, const RuleCounts& counts, std::size_t index) {
    AggregateRow row;
    row.metric_id = rejects_.id;
    row.slice = reject_slice(method, static_cast<int>(index) + 1);
    row.n = static_cast<std::int64_t>(clips_[method_slice(method)].size());
    row.ci_method = "none: a count";
    row.coverage =
        static_cast<double>(counts.n_judged[index]) / static_cast<double>(counts.n_fakes);
    if (row.n > 0) {
      row.value = static_cast<double>(counts.n_rejected[index]) / static_cast<double>(row.n);
    } else {
      row.status = "undefined";
    }
    result_.aggregates.push_back(row);
    if (counts.n_judged[index] < counts.n_fakes) {
      log_info("rule_not_judged",
               {{"method", method},
                {"rule", rejects_.rules[index].text()},
                {"fakes", std::to_string(counts.n_fakes - counts.n_judged[index]) + " of " +
                              std::to_string(counts.n_fakes)}});
    }
  }

  const RegisteredRejects& rejects_;
  const FakeSet& fakes_;
  const AggregationOptions& options_;
  std::int64_t n_fakes_ = 0;
  std::map<std::string, std::vector<PooledClip>> clips_;  ///< 1 = rejected, by slice
  std::map<std::string, RuleCounts> counts_;              ///< by method
  FakeVerdicts result_;
};

}  // namespace

RegisteredRejects find_rejects(const ScoreStore& scores, const RejectLimits& limits) {
  RegisteredRejects rejects{reject_rules(limits), auto_reject_info(limits), {}};
  for (const MetricDefRow& stored : scores.metrics()) {  // by name and version
    if (stored.name == rejects.info.name) {
      const bool is_equal = stored.params_json == rejects.info.params_json;
      rejects.info.version = stored.version + (is_equal ? 0 : 1);
      rejects.id = is_equal ? stored.id : MetricId{};
    }
  }
  return rejects;
}

RegisteredRejects register_rejects(ScoreStore& scores, const RejectLimits& limits) {
  RegisteredRejects rejects = find_rejects(scores, limits);
  MetricDefRow row;
  row.name = rejects.info.name;
  row.version = rejects.info.version;
  row.unit = rejects.info.unit;
  row.direction = std::string(to_string(rejects.info.direction));
  row.level = std::string(to_string(rejects.info.level));
  row.params_json = rejects.info.params_json;
  rejects.id = scores.ensure_metric(row);
  return rejects;
}

bool is_judged(const RegisteredRejects& rejects, const ScoreStore& scores,
               const EvaluationScope& scope) {
  return rejects.id && missing_fakes(scores, rejects.id, scope).empty();
}

FakeVerdicts judge_fakes(const RegisteredRejects& rejects,
                         const std::vector<RegisteredMetric>& metrics, const ScoreStore& scores,
                         const EvaluationScope& scope, const FakeSet& fakes,
                         const AggregationOptions& options) {
  std::vector<ClipValues> values;
  for (const RejectRule& rule : rejects.rules) {
    ClipValues& of_rule = values.emplace_back();
    for (const RegisteredMetric& metric : metrics) {
      if (metric.info.name != rule.metric) {
        continue;
      }
      for (const ClipScore& clip : clip_scores(scores, metric.id, scope)) {
        if (clip.score.value) {
          of_rule.emplace(clip.artifact_id, *clip.score.value);
        }
      }
    }
  }
  return Verdicts(rejects, fakes, options).judge(values);
}

}  // namespace changeling

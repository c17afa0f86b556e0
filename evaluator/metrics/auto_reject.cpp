#include "evaluator/metrics/auto_reject.h"

#include <algorithm>
#include <memory>
#include <sstream>

#include <nlohmann/json.hpp>

#include "common/base/error.h"

namespace changeling {
namespace {

using nlohmann::json;

RejectRule rule_of(std::string metric) {
  RejectRule rule;
  rule.metric = std::move(metric);
  return rule;
}

int version_of(const std::vector<std::unique_ptr<Metric>>& metrics, const std::string& name) {
  for (const std::unique_ptr<Metric>& metric : metrics) {
    const MetricInfo info = metric->info();
    if (info.name == name) {
      return info.version;
    }
  }
  throw Error(ErrorKind::kInternal, "auto_reject knows no metric '" + name + "'");
}

bool spares(const RejectRule& rule, const FakeKind& kind) {
  return (rule.spares_self && kind.is_self) || (rule.spares_partial && kind.is_partial);
}

/// In words.
json spared_kinds(const RejectRule& rule) {
  json kinds = json::array();
  if (rule.spares_self) {
    kinds.push_back("source and target are one person");
  }
  if (rule.spares_partial) {
    kinds.push_back("the job left out frames on purpose (generate.partial)");
  }
  return kinds;
}

json limits_json(const RejectRule& rule) {
  json limits = json::object();
  const auto add = [&](const char* key, const std::optional<double>& limit) {
    if (limit) {
      limits[key] = *limit;
    }
  };
  add("at_most", rule.at_most);
  add("below", rule.below);
  add(rule.is_of_median ? "above_medians" : "above", rule.above);
  return limits;
}

}  // namespace

std::string RejectRule::text() const {
  std::ostringstream text;
  const char* joint = " ";
  const auto add = [&](const char* sign, const std::optional<double>& limit) {
    if (limit) {
      text << joint << sign << " " << *limit;
      joint = " or ";
    }
  };
  add("<=", at_most);
  add("<", below);
  add(">", above);
  return metric + text.str() + (is_of_median ? " x median of the method" : "");
}

std::vector<RejectRule> reject_rules(const RejectLimits& limits) {
  RejectRule identity = rule_of("id_margin");
  identity.at_most = limits.id_margin;
  identity.spares_self = true;  // one person's margin is near 0 however good the fake is
  RejectRule pose = rule_of("pose_l2_deg");
  pose.above = limits.pose_deg;
  RejectRule coverage = rule_of("coverage");
  coverage.below = limits.coverage;
  coverage.spares_partial = true;  // few frames are swapped because few were asked for
  RejectRule seam = rule_of("seam_ratio");
  seam.below = limits.seam_low;
  seam.above = limits.seam_high;
  RejectRule jitter = rule_of("lmk_jitter_excess");
  jitter.above = limits.jitter_medians;
  jitter.is_of_median = true;
  return {identity, pose, coverage, seam, jitter};
}

std::optional<bool> rejects(const RejectRule& rule, const RuleInput& input) {
  if (!input.value || (rule.is_of_median && !(input.median.value_or(0) > 0))) {
    return std::nullopt;
  }
  const double value = *input.value;
  const double unit = rule.is_of_median ? *input.median : 1;
  return (rule.at_most && value <= *rule.at_most) || (rule.below && value < *rule.below) ||
         (rule.above && value > *rule.above * unit);
}

std::size_t RejectVerdict::n_judged() const {
  return static_cast<std::size_t>(std::count(is_judged.begin(), is_judged.end(), true));
}

RejectVerdict judge_clip(const std::vector<RejectRule>& rules, const std::vector<RuleInput>& inputs,
                         const FakeKind& kind) {
  CHANGELING_REQUIRE(rules.size() == inputs.size(), "one input for each rule");
  RejectVerdict verdict;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::optional<bool> is_rejected =
        spares(rules[i], kind) ? std::nullopt : rejects(rules[i], inputs[i]);
    verdict.is_judged.push_back(is_rejected.has_value());
    if (verdict.rule == 0 && is_rejected.value_or(false)) {
      verdict.rule = static_cast<int>(i) + 1;
    }
  }
  return verdict;
}

MetricInfo auto_reject_info(const RejectLimits& limits) {
  const std::vector<std::unique_ptr<Metric>> metrics = builtin_metrics();
  json rules = json::array();
  for (const RejectRule& rule : reject_rules(limits)) {
    rules.push_back({{"rule", rules.size() + 1},
                     {"metric", rule.metric},
                     {"version", version_of(metrics, rule.metric)},
                     {"limits", limits_json(rule)},
                     {"rejects", rule.text()},
                     {"spares", spared_kinds(rule)}});
  }
  MetricInfo info;
  info.name = "auto_reject";
  info.unit = "1";
  info.direction = MetricDirection::kDown;
  info.level = MetricLevel::kClip;
  info.definition = "0 = kept, else the number of the first rule that rejects the fake";
  info.sampling = "none";
  info.params_json = json{
      {"rules", rules},
      {"median", "of the fakes of the method that have a value"},
      {"not_judged",
       "no value, no median above 0, or a kind that the rule spares: does not reject"},
      {"sampling",
       "none"}}.dump();
  info.inputs = kNoInput;
  return info;
}

}  // namespace changeling

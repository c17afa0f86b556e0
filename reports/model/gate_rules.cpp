#include "reports/model/gate_rules.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/base/error.h"
#include "common/cli/suggestion.h"
#include "common/statistics/cluster_bootstrap.h"
#include "reports/model/metric_texts.h"
#include "reports/model/number_format.h"

namespace changeling {
namespace {

Tolerance parse_tolerance(const std::string& text, const std::string& whole) {
  Tolerance tolerance;
  std::string number = text;
  if (!number.empty() && number.back() == '%') {
    tolerance.is_relative = true;
    number.pop_back();
  }
  const auto [end, failed] =
      std::from_chars(number.data(), number.data() + number.size(), tolerance.value);
  const bool is_number = failed == std::errc() && end == number.data() + number.size();
  if (!is_number || !(tolerance.value > 0) || !std::isfinite(tolerance.value)) {
    throw Error(ErrorKind::kConfig, "gate.tolerances: '" + whole +
                                        "' is not METRIC=NUMBER or METRIC=PERCENT% with a number "
                                        "above 0");
  }
  if (tolerance.is_relative) {
    tolerance.value /= 100;
  }
  return tolerance;
}

/// A name that no run can have measured would go unjudged for ever.
void check_is_gateable(const std::string& name) {
  if (is_set_metric(name)) {
    throw Error(ErrorKind::kConfig,
                "gate.tolerances: '" + name +
                    "' is one number of a whole set, without values of clips that a difference "
                    "could be judged by; 'report compare' and 'report trend' show it");
  }
  const std::vector<std::string> known = gateable_metrics();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw Error(ErrorKind::kConfig,
                "gate.tolerances: no metric '" + name + "'" + did_you_mean(name, known));
  }
}

std::string points(double share) {
  return format_number(100 * share) + " points";
}

}  // namespace

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kInconclusive:
      return "inconclusive";
    case Verdict::kWarn:
      return "warn";
    case Verdict::kFail:
      return "fail";
  }
  throw Error(ErrorKind::kInternal, "no such verdict");
}

double Tolerance::absolute(double anchor_mean) const {
  return is_relative ? value * std::abs(anchor_mean) : value;
}

const Tolerance* GateRules::find(const std::string& metric) const {
  const std::string rule = is_detector_area(metric) ? std::string(kDetectorArea) : metric;
  const auto found = tolerances.find(rule);
  return found == tolerances.end() ? nullptr : &found->second;
}

std::map<std::string, Tolerance> parse_tolerances(const std::vector<std::string>& texts) {
  std::map<std::string, Tolerance> tolerances;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, std::min(equals, text.size()));
    const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
    if (name.empty() || !tolerances.emplace(name, parse_tolerance(value, text)).second) {
      throw Error(ErrorKind::kConfig,
                  "gate.tolerances: '" + text + "' names no metric, or one for the second time");
    }
    check_is_gateable(name);
  }
  return tolerances;
}

std::int64_t replicates_for_a_fail(const PairedDelta& delta, std::int64_t n_tests) {
  const bool is_at_floor =
      delta.p_value && *delta.p_value <= p_value_of_one_above(delta.replicates, delta.n_people);
  // Holm's first step multiplies the smallest p by all of the tests.
  return is_at_floor
             ? replicates_to_reject(kGateLevel / static_cast<double>(n_tests), delta.n_people)
             : 0;
}

void judge(const GateContext& context, PairedDelta& delta) {
  const GateRules& rules = *context.rules;
  const double tolerance = delta.tolerance.value();
  if (!delta.delta) {
    delta.verdict = Verdict::kInconclusive;
    if (delta.note.empty()) {
      delta.note = "No pair has a value in both.";
    }
    return;
  }
  const bool is_beyond = delta.high && *delta.high < -tolerance;
  if (is_beyond && delta.p_holm.value_or(1) < kGateLevel) {
    delta.verdict = Verdict::kFail;
    delta.note = "Worse by more than the tolerance, beyond chance.";
    return;
  }
  const std::int64_t needed = is_beyond ? replicates_for_a_fail(delta, context.n_tests) : 0;
  if (delta.replicates < needed) {
    delta.verdict = Verdict::kInconclusive;
    delta.note = "Worse by more than the tolerance, but " + std::to_string(context.n_tests) +
                 " tests over " + std::to_string(delta.n_people) + " people need " +
                 std::to_string(needed) + " replicates before one can fail, and this has " +
                 std::to_string(delta.replicates) + ": gate fewer metrics or show more people.";
    return;
  }
  if (*delta.delta < -tolerance) {
    delta.verdict = Verdict::kWarn;
    delta.note = "Worse by more than the tolerance, but it may be chance.";
    return;
  }
  delta.verdict = Verdict::kInconclusive;
  if (!delta.low) {
    delta.note = "No interval: " + std::to_string(delta.n_people) + " people, at least " +
                 std::to_string(rules.min_people) + " are needed.";
  } else if ((*delta.high - *delta.low) / 2 > 2 * tolerance) {
    delta.note = "The interval is wider than the tolerance allows.";
  } else if (context.coverage_gap > rules.max_coverage_gap) {
    delta.note = "Coverage differs by " + points(context.coverage_gap) + ".";
  } else {
    delta.verdict = Verdict::kPass;
    delta.note = *delta.low > tolerance ? "Improved by more than the tolerance." : "";
  }
}

Verdict worst(const std::vector<Verdict>& verdicts) {
  return verdicts.empty() ? Verdict::kPass : *std::max_element(verdicts.begin(), verdicts.end());
}

}  // namespace changeling

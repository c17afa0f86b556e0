#include "reports/renderers/gate_renderer.h"

#include <map>
#include <vector>

#include <nlohmann/json.hpp>

#include "reports/model/metric_texts.h"
#include "reports/model/number_format.h"

namespace changeling {
namespace {

using nlohmann::json;

json number(const std::optional<double>& value) {
  return value ? json(round_significant(*value)) : json();
}

json to_json(const GateLine& line) {
  const PairedDelta& delta = line.delta;
  return {{"method", line.method},
          {"metric", line.metric},
          {"version", line.version},
          {"unit", line.unit},
          {"verdict", to_string(*delta.verdict)},
          {"note", delta.note},
          {"baseline_mean", number(line.baseline_mean)},
          {"mean", number(line.mean)},
          {"delta", number(delta.delta)},
          {"delta_of", difference_of(line.direction)},
          {"ci_low", number(delta.low)},
          {"ci_high", number(delta.high)},
          {"mde", number(delta.mde)},
          {"p", number(delta.p_value)},
          {"p_holm", number(delta.p_holm)},
          {"tolerance", number(delta.tolerance)},
          {"n_pairs", delta.n_pairs},
          {"n_people", delta.n_people},
          {"replicates", delta.replicates},
          {"baseline_coverage", number(line.baseline_coverage)},
          {"coverage", number(line.coverage)}};
}

json to_json(const std::optional<BaselineRow>& baseline) {
  if (!baseline) {
    return {};
  }
  return {{"run_id", baseline->run_id},
          {"since", baseline->effective_from},
          {"approved_by", baseline->approved_by},
          {"reason", baseline->reason}};
}

/// Text and attributes of XML 1.0: control characters other than tab and line ends may not stand
/// there at all.
std::string escape_xml(const std::string& text) {
  static const std::map<char, std::string> kEntities = {
      {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\n', "&#10;"}};
  std::string escaped;
  for (const char letter : text) {
    const auto entity = kEntities.find(letter);
    if (entity != kEntities.end()) {
      escaped += entity->second;
    } else {
      escaped += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
    }
  }
  return escaped;
}

std::string attribute(const std::string& name, const std::string& value) {
  return " " + name + "=\"" + escape_xml(value) + "\"";
}

struct JunitCase {
  std::string name;
  std::string verdict;  ///< pass, warn, fail, skip
  std::string message;
  std::string detail;
};

JunitCase case_of(const ReportCheck& check) {
  return {check.name, check.holds ? "pass" : "fail", "does not hold", check.detail};
}

std::string detail_of(const PairedDelta& delta) {
  return "difference " + format_number(delta.delta) + ", 95 % interval " +
         format_interval(delta.low, delta.high) + ", tolerance " + format_number(delta.tolerance) +
         ", p (Holm) " + format_number(delta.p_holm) + ", " + std::to_string(delta.n_pairs) +
         " pairs, " + std::to_string(delta.n_people) + " people";
}

JunitCase case_of(const GateLine& line, bool is_release) {
  JunitCase result;
  result.name = line.metric + "@" + std::to_string(line.version);
  result.verdict = to_string(*line.delta.verdict);
  if (line.delta.verdict == Verdict::kInconclusive) {
    result.verdict = is_release ? "fail" : "skip";
  }
  result.message = line.delta.note;
  result.detail = detail_of(line.delta);
  return result;
}

std::string render_case(const std::string& suite, const JunitCase& one) {
  std::string text = "    <testcase" + attribute("classname", suite) + attribute("name", one.name) +
                     attribute("time", "0");
  if (one.verdict == "pass") {
    return text + "/>\n";
  }
  text += ">\n";
  if (one.verdict == "fail") {
    text += "      <failure" + attribute("type", "gate") + attribute("message", one.message) + ">" +
            escape_xml(one.detail) + "</failure>\n";
  } else if (one.verdict == "skip") {
    text += "      <skipped" + attribute("message", one.message) + "/>\n";
  } else {
    text += "      <system-out>" + escape_xml(one.message + " " + one.detail) + "</system-out>\n";
  }
  return text + "    </testcase>\n";
}

struct JunitCounts {
  int tests = 0;
  int failures = 0;
  int skipped = 0;
};

std::string count_attributes(const JunitCounts& counts) {
  return attribute("tests", std::to_string(counts.tests)) +
         attribute("failures", std::to_string(counts.failures)) + attribute("errors", "0") +
         attribute("skipped", std::to_string(counts.skipped)) + attribute("time", "0");
}

JunitCounts count(const std::vector<JunitCase>& cases) {
  JunitCounts counts;
  for (const JunitCase& one : cases) {
    ++counts.tests;
    counts.failures += one.verdict == "fail" ? 1 : 0;
    counts.skipped += one.verdict == "skip" ? 1 : 0;
  }
  return counts;
}

/// Suite name -> its cases, in the order of the model.
std::vector<std::pair<std::string, std::vector<JunitCase>>> suites_of(const GateModel& model) {
  std::vector<std::pair<std::string, std::vector<JunitCase>>> suites = {
      {model.suite + ".checks", {}}};
  for (const ReportCheck& check : model.checks) {
    suites.front().second.push_back(case_of(check));
  }
  for (const GateLine& line : model.lines) {
    const std::string name = model.suite + "." + line.method;
    if (suites.back().first != name) {
      suites.push_back({name, {}});
    }
    suites.back().second.push_back(case_of(line, model.is_release));
  }
  if (model.lines.empty()) {
    suites.push_back(
        {model.suite + ".comparison",
         {{"baseline",
           model.is_open ? model.verdict == Verdict::kInconclusive ? "skip" : "pass" : "fail",
           model.remarks.empty() ? "" : model.remarks.front(), ""}}});
  }
  return suites;
}

std::string render_suite(const GateModel& model, const std::string& name,
                         const std::vector<JunitCase>& cases) {
  std::string text = "  <testsuite" + attribute("name", name) + count_attributes(count(cases)) +
                     ">\n    <properties>\n";
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"run", model.run_id},
           {"baseline", model.baseline ? model.baseline->run_id : "none"},
           {"verdict", to_string(model.verdict)}}) {
    text += "      <property" + attribute("name", key) + attribute("value", value) + "/>\n";
  }
  text += "    </properties>\n";
  for (const JunitCase& one : cases) {
    text += render_case(name, one);
  }
  return text + "  </testsuite>\n";
}

}  // namespace

std::string render_json(const GateModel& model) {
  json checks = json::array();
  for (const ReportCheck& check : model.checks) {
    checks.push_back({{"name", check.name}, {"holds", check.holds}, {"detail", check.detail}});
  }
  json lines = json::array();
  for (const GateLine& line : model.lines) {
    lines.push_back(to_json(line));
  }
  const json document = {{"schema_version", kGateSchemaVersion},
                         {"title", model.title},
                         {"run_id", model.run_id},
                         {"suite", model.suite},
                         {"pair_list_sha256", model.pair_list_sha256},
                         {"baseline", to_json(model.baseline)},
                         {"release", model.is_release},
                         {"replicates", model.replicates},
                         {"verdict", to_string(model.verdict)},
                         {"open", model.is_open},
                         {"checks", checks},
                         {"metrics", lines},
                         {"remarks", model.remarks}};
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string render_junit(const GateModel& model) {
  const auto suites = suites_of(model);
  JunitCounts total;
  std::string body;
  for (const auto& [name, cases] : suites) {
    const JunitCounts counts = count(cases);
    total.tests += counts.tests;
    total.failures += counts.failures;
    total.skipped += counts.skipped;
    body += render_suite(model, name, cases);
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
         attribute("name", "changeling gate " + model.suite) + count_attributes(total) + ">\n" +
         body + "</testsuites>\n";
}

}  // namespace changeling

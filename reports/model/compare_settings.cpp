// In what the columns of a comparison differ besides their numbers.
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "reports/model/comparison_parts.h"

namespace changeling {
namespace {

using Facts = std::map<std::string, std::string>;

/// Leaves of a JSON document as "a.b.c" -> text.
void flatten(const nlohmann::json& node, const std::string& path, Facts& facts) {
  if (!node.is_object()) {
    facts[path] = node.is_string() ? node.get<std::string>() : node.dump();
    return;
  }
  for (const auto& [key, child] : node.items()) {
    flatten(child, path.empty() ? key : path + "." + key, facts);
  }
}

void add_json(const std::string& text, const std::string& prefix, Facts& facts) {
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_object()) {
    flatten(document, prefix, facts);
  }
}

Facts facts_of(const SideData& side) {
  const RunData& data = *side.run;
  Facts facts;
  facts["method"] = side.method;
  facts["commit"] = data.run.git_commit + (data.run.git_dirty ? " (modified)" : "");
  facts["seed"] = std::to_string(data.run.seed);
  facts["host"] = data.run.host;
  add_json(data.run.config_json, "config", facts);
  add_json(data.run.env_json, "environment", facts);
  for (const ModelRow& model : data.generate_models) {
    facts["network " + model.role] = model.name + " " + model.sha256.hex().substr(0, 12);
  }
  for (const ModelRow& model : data.evaluate_models) {
    facts["scorer " + model.role] = model.name + " " + model.sha256.hex().substr(0, 12);
  }
  if (data.evaluation) {
    facts["evaluation commit"] =
        data.evaluation->git_commit + (data.evaluation->git_dirty ? " (modified)" : "");
  }
  return facts;
}

}  // namespace

std::vector<ComparisonDifference> make_differences(const ComparisonData& data) {
  std::vector<Facts> columns;
  std::set<std::string> names;
  for (const SideData& side : data.sides) {
    columns.push_back(facts_of(side));
    for (const auto& fact : columns.back()) {
      names.insert(fact.first);
    }
  }
  std::vector<ComparisonDifference> differences;
  for (const std::string& name : names) {
    ComparisonDifference difference{name, {}};
    std::set<std::string> distinct;
    for (const Facts& facts : columns) {
      const auto found = facts.find(name);
      difference.values.push_back(found == facts.end() ? "\u2013" : found->second);
      distinct.insert(difference.values.back());
    }
    if (distinct.size() > 1) {
      differences.push_back(std::move(difference));
    }
  }
  return differences;
}

}  // namespace changeling

#include "reports/model/run_texts.h"

#include <nlohmann/json.hpp>

namespace changeling {

std::string comma_list(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

std::string commit_text(const RunRow& run) {
  return run.git_commit + (run.git_dirty ? " (with uncommitted changes)" : "");
}

std::vector<ReportFact> library_versions(const RunRow& run) {
  std::vector<ReportFact> facts;
  const nlohmann::json env = nlohmann::json::parse(run.env_json, nullptr, false);
  if (!env.is_object() || !env.contains("versions") || !env["versions"].is_object()) {
    return facts;
  }
  for (const auto& [library, version] : env["versions"].items()) {
    facts.push_back({library, version.is_string() ? version.get<std::string>() : version.dump()});
  }
  return facts;
}

}  // namespace changeling

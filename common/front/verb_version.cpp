#include "common/front/verb_version.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "common/base/build_info.h"
#include "common/cli/table_printer.h"
#include "common/front/versions.h"

namespace changeling {
namespace {

nlohmann::json version_document() {
  nlohmann::json document = {
      {"schema_version", 1},           {"changeling", project_version()},
      {"commit", git_commit()},        {"modified", git_dirty()},
      {"libraries", front_versions()}, {"programs", nlohmann::json::object()}};
  for (const auto& [program, report] : self_reports()) {
    document["programs"][program] = nlohmann::json::parse(report);
  }
  return document;
}

std::string text_of(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

ExitCode run_version(const Command& command) {
  const nlohmann::json document = version_document();
  if (command.json) {
    std::cout << document.dump() << "\n";
    return ExitCode::kOk;
  }
  std::vector<std::vector<std::string>> rows = {
      {"changeling", "changeling", text_of(document["changeling"])},
      {"changeling", "commit", text_of(document["commit"]) + (git_dirty() ? " (modified)" : "")}};
  for (const auto& [library, version] : document["libraries"].items()) {
    rows.push_back({"changeling", library, text_of(version)});
  }
  for (const auto& [program, report] : document["programs"].items()) {
    const nlohmann::json versions = report.value("versions", nlohmann::json::object());
    for (const auto& [library, version] : versions.items()) {
      rows.push_back({program, library, text_of(version)});
    }
  }
  print_table(std::cout, {"PROGRAM", "PART", "VERSION"}, rows);
  return ExitCode::kOk;
}

}  // namespace

Verb version_verb() {
  Verb verb;
  verb.name = "version";
  verb.summary = "Print the versions of Changeling and of the libraries it runs with";
  verb.description =
      "Facts of the heavy programs (LibTorch, OpenCV, BLAS, devices) are asked from them when they "
      "are installed.";
  verb.examples = {"changeling version", "changeling version --json"};
  return verb;
}

std::vector<VerbEntry> version_functions() {
  return {{{"version"}, run_version}};
}

}  // namespace changeling

#include "common/front/verb_doctor.h"

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "common/cli/table_printer.h"
#include "common/front/doctor.h"

namespace changeling {
namespace {

std::vector<Check> all_checks(const Config& config) {
  std::vector<Check> checks = check_programs();
  const auto append = [&](const std::vector<Check>& more) {
    checks.insert(checks.end(), more.begin(), more.end());
  };
  append({check_blas()});
  append(check_models(config.get_path("models.dir")));
  append(check_codecs());
  append({check_disk(config.get_path("catalog")), check_sqlite(),
          check_catalog(config.get_path("catalog"))});
  return checks;
}

void print_json(const std::vector<Check>& checks) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Check& check : checks) {
    rows.push_back(
        {{"name", check.name}, {"status", to_string(check.status)}, {"detail", check.detail}});
  }
  std::cout << nlohmann::json{{"schema_version", 1}, {"checks", rows}}.dump() << "\n";
}

ExitCode run_doctor(const Command& command) {
  const std::vector<Check> checks = all_checks(command.config);
  if (command.json) {
    print_json(checks);
  } else {
    std::vector<std::vector<std::string>> rows;
    for (const Check& check : checks) {
      rows.push_back({to_string(check.status), check.name, check.detail});
    }
    print_table(std::cout, {"STATUS", "CHECK", "DETAIL"}, rows);
  }
  const bool failed = std::any_of(checks.begin(), checks.end(), [](const Check& check) {
    return check.status == CheckStatus::kFail;
  });
  return failed ? ExitCode::kGateFailed : ExitCode::kOk;
}

}  // namespace

Verb doctor_verb() {
  Verb verb;
  verb.name = "doctor";
  verb.summary = "Check what a run on this machine needs";
  verb.description =
      "Programs, imported networks, codecs, disk space, SQLite and the catalog. Ends with 4 when a "
      "check fails.";
  verb.examples = {"changeling doctor", "changeling doctor --catalog demo-run/catalog.db --json"};
  return verb;
}

std::vector<VerbEntry> doctor_functions() {
  return {{{"doctor"}, run_doctor}};
}

}  // namespace changeling

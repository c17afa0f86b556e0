#include "common/front/verb_detector.h"

#include <iostream>
#include <tuple>

#include "common/base/error.h"
#include "common/cli/table_printer.h"
#include "evaluator/scores/score_text.h"

namespace changeling {
namespace {

/// NAME@VERSION, both not empty.
std::pair<std::string, std::string> parse_detector(const std::string& text) {
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string::npos || at + 1 == text.size()) {
    throw Error(ErrorKind::kConfig, "'" + text + "' must read NAME@VERSION");
  }
  return {text.substr(0, at), text.substr(at + 1)};
}

std::string optional_text(const Config& config, const std::string& key) {
  return config.is_set(key) ? config.get_string(key) : std::string();
}

ScoreImport import_request(const Command& command) {
  const Config& config = command.config;
  ScoreImport import;
  import.file = command.positionals.at(0);
  std::tie(import.name, import.version) = parse_detector(command.positionals.at(1));
  import.trained_on = optional_text(config, "detector.trained_on");
  import.set = optional_text(config, "detector.set");
  import.all_parts = config.get_bool("detector.all_parts");
  import.replicates = static_cast<int>(config.get_int("detector.replicates"));
  import.seed = static_cast<std::uint64_t>(config.get_int("seed"));
  import.config_json = config.to_json({"detector"});
  import.config_sha256 = config.digest({"detector"});
  return import;
}

ExitCode run_import(const Command& command) {
  const ScoreImport import = import_request(command);
  if (command.dry_run) {
    std::cout << read_score_file(import.file).size() << " scores can be read\n";
    return ExitCode::kOk;
  }
  Database database = Database::open_writer(command.config.get_path("catalog"));
  const ScoreRunSummary summary = import_scores(database, import);
  if (command.json) {
    std::cout << score_json(summary) << "\n";
  } else if (!command.quiet) {
    std::cout << score_headline(summary) << "\n";
    print_table(std::cout, score_columns(), score_rows(summary));
  }
  return ExitCode::kOk;
}

}  // namespace

std::vector<VerbEntry> detector_functions() {
  return {{{"detector", "import"}, run_import}};
}

}  // namespace changeling

#include "common/front/verb_detector.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <tuple>

#include <nlohmann/json.hpp>

#include "catalog/export/probe_json.h"
#include "catalog/store/pruned_runs.h"
#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "common/cli/progress.h"
#include "common/cli/table_printer.h"
#include "common/front/gate_probes.h"
#include "common/front/json_output.h"
#include "common/front/page_line.h"
#include "evaluator/scores/hard_examples.h"
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

ScoreImport import_request(const Command& command) {
  const Config& config = command.config;
  ScoreImport import;
  import.file = command.positionals.at(0);
  std::tie(import.name, import.version) = parse_detector(command.positionals.at(1));
  import.trained_on = config.get_text("detector.trained_on");
  import.set = config.get_text("detector.set");
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

std::string auc_text(double value) {
  char text[16];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

const char* verdict_of(const ProbeResult& probe) {
  if (!probe.auc) {
    return "not known";
  }
  if (!probe.is_sound()) {
    return "not sound";
  }
  return probe.fails() ? "leaks" : "holds";
}

void print_probes(const std::vector<ProbeResult>& probes) {
  std::vector<std::vector<std::string>> rows;
  for (const ProbeResult& probe : probes) {
    rows.push_back({probe.name, probe.auc ? auc_text(*probe.auc) : "-",
                    probe.interval
                        ? auc_text(probe.interval->low) + " .. " + auc_text(probe.interval->high)
                        : "too few people",
                    "0.5 +- " + auc_text(probe.allowance()),
                    probe.shuffled_auc ? auc_text(*probe.shuffled_auc) : "-", verdict_of(probe),
                    probe.feature, std::to_string(probe.clips), std::to_string(probe.people)});
  }
  print_table(std::cout,
              {"probe", "AUC", "95 % interval", "allowed", "shuffled labels", "verdict",
               "most telling", "clips a class", "people"},
              rows);
}

nlohmann::json probes_json(const DetectorSet& set, const std::vector<ProbeResult>& probes) {
  using nlohmann::json;
  json list = json::array();
  for (const ProbeResult& probe : probes) {
    list.push_back(json::parse(probe_json(probe)));
    list.back()["fails"] = probe.fails();
  }
  return {{"schema_version", 1}, {"set", set.name}, {"probes", list}};
}

ExitCode run_mine(const Command& command) {
  Database database = Database::open_reader(command.config.get_path("catalog"));
  MiningOptions options;
  options.count = command.config.get_int("detector.mine.count");
  const std::vector<HardExample> examples =
      hard_examples(database, command.positionals.front(), options);
  if (examples.empty()) {
    std::cerr << "no fake was both good and taken for real\n";
    return ExitCode::kSomeItemsFailed;
  }
  const std::string request =
      sampling_request(examples, command.config.get_int("detector.mine.pairs"));
  if (!command.json) {
    std::cout << request;
    return ExitCode::kOk;
  }
  nlohmann::json list = nlohmann::json::array();
  for (const HardExample& example : examples) {
    list.push_back({{"key", example.key},
                    {"artifact", example.artifact.value},
                    {"p_fake", example.p_fake},
                    {"loss", example.loss},
                    {"quality", example.quality},
                    {"hardness", example.hardness},
                    {"pose", example.pose},
                    {"stratum", example.stratum}});
  }
  print_json({{"schema_version", 1}, {"examples", list}, {"request", request}});
  return ExitCode::kOk;
}

ExitCode run_probe_verb(const Command& command) {
  install_stop_signal();
  const std::filesystem::path file = command.config.get_path("catalog");
  Database database = Database::open_reader(file);
  const DetectorStore store(database);
  const DetectorSet set = store.find_set(command.config.get_text("detector.set"));
  require_unpruned(database, set.generate_run);
  const std::vector<ClipRow> clips = store.all_clips(set);
  const BlobStore blobs(objects_folder(file));
  const CorpusRoots roots(file);
  PhaseProgress line(command.progress);
  const std::vector<ProbeResult> probes =
      watched_probes(database, blobs, roots, clips, page_progress(line));
  line.end();
  if (command.json) {
    print_json(probes_json(set, probes));
  } else if (!command.quiet) {
    print_probes(probes);
  }
  const bool leaks = std::any_of(probes.begin(), probes.end(),
                                 [](const ProbeResult& probe) { return probe.fails(); });
  return leaks ? ExitCode::kGateFailed : ExitCode::kOk;
}

}  // namespace

std::vector<VerbEntry> detector_functions() {
  return {{{"detector", "import"}, run_import},
          {{"detector", "probe"}, run_probe_verb},
          {{"detector", "mine"}, run_mine}};
}

}  // namespace changeling

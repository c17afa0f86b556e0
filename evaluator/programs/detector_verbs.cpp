#include "evaluator/programs/detector_verbs.h"

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "common/cli/progress.h"
#include "common/cli/table_printer.h"
#include "common/tensor/device.h"
#include "evaluator/run/detector_run.h"
#include "evaluator/scores/score_text.h"

namespace changeling {
namespace {

using nlohmann::json;

/// NAME@VERSION; the version may be missing.
std::pair<std::string, std::string> parse_detector(const std::string& text) {
  const std::size_t at = text.find('@');
  return {text.substr(0, at), at == std::string::npos ? std::string() : text.substr(at + 1)};
}

int int_of(const Config& config, const std::string& key) {
  return static_cast<int>(config.get_int(key));
}

DetectorTraining training_of(const Command& command) {
  const Config& config = command.config;
  DetectorTraining training;
  std::tie(training.name, training.version) = parse_detector(command.positionals.front());
  if (training.name.empty() || training.version.empty()) {
    throw Error(ErrorKind::kConfig, "'" + command.positionals.front() + "' must read NAME@VERSION");
  }
  training.set = config.get_text("detector.set");
  training.crops = {int_of(config, "detector.frames"), int_of(config, "detector.resolution")};
  DetectorFitOptions& fit = training.fit;
  fit.kind = detector_kind(config.get_string("detector.kind"));
  fit.width = int_of(config, "detector.width");
  fit.steps = config.get_int("detector.steps");
  fit.batch = int_of(config, "detector.batch");
  fit.learning_rate = config.get_double("detector.learning_rate");
  fit.validate_every = config.get_int("detector.validate_every");
  fit.seed = static_cast<std::uint64_t>(config.get_int("seed"));
  training.config_json = config.to_json({"detector"});
  training.config_sha256 = config.digest({"detector"});
  return training;
}

/// Clips by the reason why nothing is learnt from them.
void print_left_out(const std::map<std::string, std::int64_t>& left_out) {
  for (const auto& [reason, count] : left_out) {
    std::cout << "left out: " << count << " clips, " << reason << "\n";
  }
}

void print_trained(const Command& command, const TrainedDetector& trained) {
  if (command.json) {
    std::cout << json{{"schema_version", 1},
                      {"run_id", trained.run_id},
                      {"sha256", trained.sha256},
                      {"crops", trained.n_crops},
                      {"validation_crops", trained.n_validation_crops},
                      {"steps", trained.steps},
                      {"selected", trained.was_selected},
                      {"validation_logloss",
                       trained.was_selected ? json(trained.validation) : json()},
                      {"left_out", trained.left_out}}
                     .dump()
              << "\n";
    return;
  }
  if (command.quiet) {
    return;
  }
  std::cout << "run " << trained.run_id << ": " << trained.n_crops << " crops, weights of step "
            << trained.steps;
  if (trained.was_selected) {
    std::cout << " by part val (log loss " << trained.validation << " over "
              << trained.n_validation_crops << " crops)";
  } else {
    std::cout << ", not selected by part val";
  }
  std::cout << ", SHA-256 " << trained.sha256.substr(0, 16) << "\n";
  print_left_out(trained.left_out);
}

/// Weights depend on the number of threads: one unless asked otherwise.
void set_threads(const Config& config) {
  configure_torch(std::max(1, static_cast<int>(config.get_int("threads"))));
}

}  // namespace

ExitCode run_detector_train(const Command& command) {
  install_stop_signal();
  const DetectorTraining training = training_of(command);
  set_threads(command.config);
  const std::filesystem::path file = command.config.get_path("catalog");
  if (command.dry_run) {
    Database reader = Database::open_reader(file);
    const DetectorSet set = DetectorStore(reader).find_set(training.set);
    std::map<std::string, std::int64_t> left_out;
    const auto count = [&](DetectorRole role) {
      return clips_to_learn_from(reader, set, role, left_out).size();
    };
    const auto n_fit = count(DetectorRole::kFit);
    const auto n_select = count(DetectorRole::kSelect);
    std::cout << "would fit on " << n_fit << " clips and choose by " << n_select << "\n";
    print_left_out(left_out);
    return ExitCode::kOk;
  }
  Database database = Database::open_writer(file);
  BlobStore blobs(objects_folder(file));
  const CorpusRoots roots(file);
  Progress progress("train", training.fit.steps, "steps", command.progress);
  DetectorFitHooks hooks;
  hooks.stop_requested = [] { return stop_requested() != 0; };
  hooks.on_progress = [&](std::int64_t, double loss) {
    progress.set_note("loss " + std::to_string(loss));
    progress.add(1);
  };
  print_trained(command, train_detector(database, blobs, roots, training, hooks));
  return ExitCode::kOk;
}

ExitCode run_detector_score(const Command& command) {
  install_stop_signal();
  const Config& config = command.config;
  DetectorScoring scoring;
  std::tie(scoring.name, scoring.version) = parse_detector(command.positionals.front());
  scoring.set = config.get_text("detector.set");
  scoring.frames_per_clip = int_of(config, "detector.frames");
  scoring.replicates = int_of(config, "detector.replicates");
  scoring.seed = static_cast<std::uint64_t>(config.get_int("seed"));
  scoring.config_json = config.to_json({"detector"});
  scoring.config_sha256 = config.digest({"detector"});
  set_threads(config);
  const std::filesystem::path file = config.get_path("catalog");
  if (command.dry_run) {
    Database reader = Database::open_reader(file);
    const DetectorStore store(reader);
    std::cout << "would score "
              << store.clips(store.find_set(scoring.set), DetectorRole::kScore).size()
              << " clips\n";
    return ExitCode::kOk;
  }
  Database database = Database::open_writer(file);
  const BlobStore blobs(objects_folder(file));
  const CorpusRoots roots(file);
  PhaseProgress progress(command.progress);
  const auto on_clip = [&](std::int64_t done, std::int64_t total) {
    progress.tell("score", "clips", done, total);
    check_stop();
  };
  const ScoreRunSummary summary = score_detector(database, blobs, roots, scoring, on_clip);
  progress.end();
  for (const std::string& set : summary.withdrawn_trainings) {
    std::cerr << "changeling: warning: detector '" << summary.detector << "' was trained on " << set
              << ", in which somebody was withdrawn since: train it anew without them\n";
  }
  if (command.json) {
    std::cout << score_json(summary) << "\n";
  } else if (!command.quiet) {
    std::cout << score_headline(summary) << "\n";
    print_table(std::cout, score_columns(), score_rows(summary));
  }
  return summary.misses.empty() ? ExitCode::kOk : ExitCode::kSomeItemsFailed;
}

}  // namespace changeling

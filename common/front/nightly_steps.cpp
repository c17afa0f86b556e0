#include "common/front/nightly_steps.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <optional>
#include <system_error>

#include "catalog/store/database.h"
#include "catalog/store/gate_store.h"
#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "common/front/child_verb.h"
#include "common/front/nightly_end.h"
#include "common/front/nightly_preflight.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// What a night says that stops: after a request it can be run again, whatever code the step has
/// for being stopped. So it can when the step alone was ended from outside (by somebody, by the
/// kernel short of memory); one that crashed has failed.
Stopped stopped_in(const std::string& step, int code) {
  const std::string name = "step '" + step + "'";
  if (stop_requested() != 0) {
    return {exit_code_of_stop(), "stopped by request at " + name};
  }
  constexpr int kSignalled = 128;
  const int signal = code - kSignalled;
  if (signal <= 0) {
    return {static_cast<ExitCode>(code), name + " ended with exit code " + std::to_string(code)};
  }
  const bool goes_on =
      signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
  const std::string reason = name + " was ended by signal " + std::to_string(signal);
  std::cerr << "changeling: " << reason
            << (goes_on ? " (run again: the night goes on where it was)\n" : "\n");
  return {goes_on ? ExitCode::kRetry : ExitCode::kRuntimeError, reason};
}

/// Runs one verb; exits 3 and 4 are kept for the end, any other failure stops the night.
void step(Night& night, std::vector<std::string> words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  if (night.dry_run) {
    night.steps.push_back({{"step", text}});
    (night.is_json ? std::cerr : std::cout) << "would run: " << text << std::endl;
    return;
  }
  if (!night.is_quiet) {
    (night.is_json ? std::cerr : std::cout) << "nightly: " << text << std::endl;
  }
  if (stop_requested() != 0) {
    throw stopped_in(text, 0);
  }
  words.insert(words.end(), night.passed_on.begin(), night.passed_on.end());
  const int code = run_child_verb(words, night.is_json ? ChildOutput::kStderr : ChildOutput::kOwn);
  night.steps.push_back({{"step", text}, {"exit_code", code}});
  if (code == static_cast<int>(ExitCode::kGateFailed)) {
    night.gate_failed = true;
  } else if (code == static_cast<int>(ExitCode::kSomeItemsFailed)) {
    night.some_failed = true;
  } else if (code != 0) {
    throw stopped_in(text, code);
  }
}

/// True when a detector, NAME or NAME@VERSION, has scored the run; a rerun does not do it again.
bool is_scored(const Night& night, const std::string& detector, const std::string& run_id) {
  Database database = Database::open_reader(night.catalog);
  const DetectorStore store(database);
  const std::optional<ModelRow> meant = find_detector(store, detector);
  if (!meant) {
    return false;
  }
  const std::vector<std::string> runs = store.runs_about(run_id);
  return std::any_of(runs.begin(), runs.end(), [&](const std::string& run) {
    const std::optional<ModelRow> model = store.detector_of(run);
    return model && model->id == meant->id;
  });
}

/// The run that the gate compares with; empty = none.
std::string baseline_run(const Night& night) {
  Database database = Database::open_reader(night.catalog);
  const std::optional<BaselineRow> baseline = GateStore(database).baseline(night.suite);
  return baseline ? baseline->run_id : "";
}

/// Every detector on the night's run, and once on its baseline: the gate compares the two.
void score_by_detectors(Night& night) {
  std::vector<std::string> runs = {night.run_id};
  if (!night.dry_run) {
    runs.push_back(baseline_run(night));
  }
  for (const std::string& detector : night.config.get_list("nightly.detectors")) {
    for (const std::string& run : runs) {
      if (night.dry_run || (!run.empty() && !is_scored(night, detector, run))) {
        step(night, {"detector", "score", detector, "--set-name", run});
      }
    }
  }
}

/// All files, or at each night another share of them, always with those of the night.
std::vector<std::string> verification(const Night& night) {
  std::vector<std::string> words = {"catalog", "verify"};
  if (night.config.get_double("nightly.verify_share") < 1) {
    const std::string turn = night.dry_run ? "NIGHT" : std::to_string(count_judged_nights(night));
    words.insert(words.end(),
                 {"--share", night.config.values().find("nightly.verify_share")->second.text,
                  "--turn", turn, "--run", night.run_id});
  }
  return words;
}

}  // namespace

void prepare_pairs(Night& night) {
  const Config& config = night.config;
  std::error_code failed;
  if (!fs::exists(night.catalog, failed)) {
    step(night, {"catalog", "init"});
  }
  if (config.is_set("nightly.corpus")) {
    step(night, {"corpus", "add", config.get_string("nightly.corpus")});
  }
  const std::string split = config.get_string("nightly.split");
  step(night, {"sample", "split", split});
  step(night, {"sample", "pairs", config.get_string("nightly.pairs"), "--split", split});
}

void make_run(Night& night) {
  const bool is_new = is_over(night, newest_run(night));
  const auto note_run = [&night] {
    const std::optional<RunRow> run = newest_run(night);
    night.run_id = run ? run->run_id : "";
  };
  try {
    step(night, {"generate", "run", night.config.get_string("nightly.pairs"), "--suite",
                 night.suite, is_new ? "--no-resume" : "--resume"});
  } catch (const Stopped&) {
    note_run();
    throw;
  }
  note_run();
  night.is_made = true;
  if (night.dry_run) {
    night.run_id = "RUN";
    return;
  }
  std::error_code ignored;  // a folder that cannot be made shows when the gate is written
  fs::create_directories(night.out / night.run_id, ignored);
}

void measure(Night& night) {
  const std::string& run = night.run_id;
  const fs::path folder = night.out / run;
  step(night, {"evaluate", "score", run});
  score_by_detectors(night);
  step(night, verification(night));
  step(night, {"report", "gate", run, "--out", folder / "gate"});
  step(night, {"report", "build", run, "--out", folder / "report"});
  step(night, {"report", "trend", night.suite, "--out", night.out / "trend"});
}

void prune_old_runs(Night& night) {
  const std::int64_t keep = night.config.get_int("nightly.keep_runs");
  if (keep == 0) {
    return;
  }
  std::string reason;
  try {
    step(night, {"catalog", "prune", night.suite, "--keep", std::to_string(keep)});
    return;
  } catch (const Stopped& stopped) {
    if (stopped.is_stop()) {
      throw;
    }
    reason = stopped.reason;
  } catch (const Error& error) {  // the step did not start
    reason = error.what();
  }
  std::cerr << "changeling: warning: files of older runs are still there: " << reason << "\n";
}

}  // namespace changeling

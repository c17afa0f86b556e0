#include "common/front/verb_nightly.h"

#include <optional>
#include <system_error>

#include "catalog/store/database.h"
#include "catalog/store/run_store.h"
#include "common/base/error.h"
#include "common/base/name.h"
#include "common/base/outcome.h"
#include "common/base/stop_signal.h"
#include "common/base/writer_lock.h"
#include "common/cli/option_makers.h"
#include "common/front/nightly_end.h"
#include "common/front/nightly_preflight.h"
#include "common/front/nightly_steps.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// A name that a new suite may not have shows here, not after the corpus was read. What is wrong
/// with the catalog is for the preflight to say.
void check_suite(const Night& night) {
  std::error_code failed;
  if (!fs::exists(night.catalog, failed)) {
    check_name("nightly.suite", night.suite);
    return;
  }
  try {
    Database database = Database::open_reader(night.catalog);
    RunStore(database).check_suite("nightly.suite", night.suite);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kCatalog) {
      throw;
    }
  }
}

/// CONFIG, the other files and the flags count in every step, too.
void read_settings(const Command& command, Night& night) {
  const std::string& own = command.positionals.front();
  night.config = config_with_file(command, own);
  night.passed_on = {"--config", own};
  for (const std::string& file : command.config_files) {
    night.passed_on.insert(night.passed_on.end(), {"--config", file});
  }
  for (const auto& [key, value] : night.config.values()) {
    if (value.origin.rfind("--", 0) == 0) {
      night.passed_on.insert(night.passed_on.end(), {"--set", key + "=" + value.text});
    }
  }
  night.suite = night.config.get_string("nightly.suite");
  night.catalog = night.config.get_path("catalog");
  night.out = night.config.get_path("nightly.out");
  if (command.quiet) {
    night.passed_on.emplace_back("--quiet");
  }
  check_suite(night);
}

/// Keeps other nights off: between two steps nobody holds the catalog itself.
WriterLock lock_night(const Night& night) {
  std::error_code ignored;  // a folder that cannot be made shows when the lock file is opened
  fs::create_directories(fs::absolute(night.catalog).parent_path(), ignored);
  return {night.catalog, "catalog", ErrorKind::kCatalog, "night"};
}

/// Files of runs that were judged long ago could fill the disk, so that no night would ever come to
/// its end, where they are freed.
void make_room(Night& night) {
  std::error_code failed;
  if (fs::exists(night.catalog, failed) && check_room(night).status == CheckStatus::kFail) {
    prune_old_runs(night);
  }
}

ExitCode run_night(Night& night) {
  std::optional<WriterLock> lock;
  if (!night.dry_run) {
    lock.emplace(lock_night(night));
  }
  try {
    make_room(night);
    preflight(night);
    prepare_pairs(night);
    make_run(night);
    measure(night);
  } catch (const Stopped& stopped) {
    end_stopped(night, stopped);
    return stopped.code;
  }
  return night.dry_run ? finish_dry_run(night) : finish(night);
}

ExitCode run_nightly(const Command& command) {
  install_stop_signal();
  Night night(command.config);
  night.dry_run = command.dry_run;
  night.is_json = command.json;
  night.is_quiet = command.quiet;
  try {
    read_settings(command, night);
    return run_night(night);
  } catch (...) {
    print_error(night, describe_current_exception("nightly"));
    throw;
  }
}

}  // namespace

Verb nightly_verb() {
  Verb verb;
  verb.name = "nightly";
  verb.summary = "Make, measure and judge one run of a frozen suite";
  verb.description =
      "Checks weights, disk, folders, decoding and device first; then corpus, split and pairs "
      "(frozen after the first night), a new run, scores, verification, gate, reports. Files of "
      "older "
      "runs go where nightly.keep_runs is set: after the verdict, and before all else on a disk "
      "with less than nightly.min_free_gib free; where that fails, the night warns. Exits 4 when "
      "the gate or the verification fails, 3 when some items failed, 75 when it or a step was "
      "stopped or "
      "killed, 5 when another night is at work on the catalog. Run again after that, or after a "
      "step that failed with less than nightly.min_free_gib free or before the run was made, it "
      "goes on where it was; after a step that failed for good the next night begins a new run. "
      "With --json stdout is one object, however the night ends, and what the steps print goes to "
      "stderr; with --quiet nothing is printed of a night that is all right.";
  verb.examples = {"changeling nightly configs/nightly.yaml",
                   "changeling nightly configs/nightly.yaml --dry-run"};
  verb.positionals = {{"CONFIG",
                       "YAML file with the settings of every step; --config files come after it.",
                       true, false}};
  verb.options = {
      make_option(OptionType::kString, "nightly.suite", "", "", "Name of the suite."),
      make_option(
          OptionType::kString, "nightly.corpus", "", "",
          "Corpus to add first, with the settings of corpus.*; unset = the catalog has it."),
      make_option(OptionType::kString, "nightly.split", "", "main", "Name of the split."),
      make_option(OptionType::kString, "nightly.pairs", "", "main", "Name of the pair list."),
      make_option(OptionType::kStringList, "nightly.detectors", "", "",
                  "Trained detectors that score the run and its baseline, NAME@VERSION; none = no "
                  "detector."),
      make_option(OptionType::kPath, "nightly.out", "", "nightly",
                  "Folder of the reports, one folder for each run."),
      make_int("nightly.keep_runs", "", "0",
               "Newest runs of the suite that keep their files; those of older ones are freed as "
               "'catalog prune' does, 0 = none.",
               0, 1e6),
      make_int("nightly.min_free_gib", "", "5",
               "Free space without which no night begins or ends for good, GiB.", 0, 1e6),
      make_double(
          "nightly.verify_share", "", "1",
          "Share of the catalog's files whose bytes a night checks, another one each night; "
          "those of its own run always.",
          0.001, 1)};
  return verb;
}

std::vector<VerbEntry> nightly_functions() {
  return {{{"nightly"}, run_nightly}};
}

}  // namespace changeling

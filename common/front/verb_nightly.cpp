#include "common/front/verb_nightly.h"

#include <algorithm>
#include <csignal>
#include <functional>
#include <iostream>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/store/audit_log.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "catalog/store/detector_store.h"
#include "catalog/store/gate_store.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "catalog/store/usable_pairs.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/name.h"
#include "common/base/stop_signal.h"
#include "common/base/writer_lock.h"
#include "common/cli/option_makers.h"
#include "common/front/child_verb.h"
#include "common/front/dispatch.h"
#include "common/front/doctor.h"
#include "common/media/video_reader.h"
#include "reports/model/gate.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kMarker = "nightly.json";

/// Settings of one night and what it came to.
struct Night {
  explicit Night(Config settings) : config(std::move(settings)) {}

  Config config;
  std::vector<std::string> passed_on;  ///< flags that every step gets
  std::string suite;
  fs::path catalog, out;
  bool dry_run = false;
  bool is_json = false;  ///< stdout is kept for one document
  bool is_quiet = false;
  std::string run_id;
  json steps = json::array();
  bool gate_failed = false;
  bool some_failed = false;
};

/// A step that went wrong for good; its exit code becomes that of the night.
struct Stopped {
  int code = 0;
};

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
Night make_night(const Command& command) {
  const std::string& own = command.positionals.front();
  Night night(config_with_file(command, own));
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
  night.dry_run = command.dry_run;
  night.is_json = command.json;
  night.is_quiet = command.quiet;
  if (command.quiet) {
    night.passed_on.emplace_back("--quiet");
  }
  check_suite(night);
  return night;
}

Check check_room(const Night& night) {
  std::error_code failed;
  const auto free_bytes = fs::space(existing_folder(night.catalog), failed).available;
  const std::int64_t wanted = night.config.get_int("nightly.min_free_gib");
  const bool enough = !failed && free_bytes >= static_cast<std::uintmax_t>(wanted) << 30;
  return {"room", enough ? CheckStatus::kOk : CheckStatus::kFail,
          std::to_string(free_bytes >> 20) + " MiB free, nightly.min_free_gib is " +
              std::to_string(wanted)};
}

Check check_device(const Night& night) {
  const std::string device = night.config.get_string("device");
  const std::optional<fs::path> program = find_program("changeling-generate");
  const std::optional<std::string> text =
      program ? output_of(*program, {"--self-report"}) : std::nullopt;
  const json report = text ? json::parse(*text, nullptr, false) : json();
  const json devices = report.is_object() ? report.value("devices", json::array()) : json::array();
  const bool is_there = std::find(devices.begin(), devices.end(), device) != devices.end();
  return {"device", is_there ? CheckStatus::kOk : CheckStatus::kFail,
          device + (is_there ? "" : " is not among " + devices.dump())};
}

/// Those of the list that `generate run` makes. nullopt before the first night, which draws it.
std::optional<std::vector<PairRow>> pairs_of(const Night& night, Database& database) {
  const PairStore store(database);
  const auto list = store.find_pair_list(night.config.get_string("nightly.pairs"));
  if (!list) {
    return std::nullopt;
  }
  return usable_pairs(CorpusStore(database), store.pairs(list->id));
}

/// The first clip of the frozen list must decode: a corpus that is not mounted shows here, not
/// after hours.
Check check_decode(const Night& night) {
  std::error_code failed;
  if (!fs::exists(night.catalog, failed)) {
    return {"decode", CheckStatus::kOk, "no catalog yet"};
  }
  Database database = Database::open_reader(night.catalog);
  const auto pairs = pairs_of(night, database);
  if (!pairs || pairs->empty()) {
    return {"decode", CheckStatus::kOk, "no pair"};
  }
  try {
    const CorpusStore corpora(database);
    const MediaRow media = corpora.media_by_id(pairs->front().target_media);
    const fs::path root =
        CorpusRoots(night.catalog).resolve(corpora.corpus(media.corpus_id).root_alias);
    const bool decodes = VideoReader(root / media.rel_path).next_batch(1).has_value();
    return {"decode", decodes ? CheckStatus::kOk : CheckStatus::kFail, media.rel_path};
  } catch (const Error& error) {
    return {"decode", CheckStatus::kFail, error.what()};
  }
}

/// The model that NAME or NAME@VERSION means; NAME alone is its newest version.
std::optional<ModelRow> find_detector(const DetectorStore& store, const std::string& detector) {
  const std::string name = detector.substr(0, detector.find('@'));
  for (const ModelRow& model : store.detectors(name)) {
    if (detector == name || detector == model.name + "@" + model.version) {
      return model;
    }
  }
  return std::nullopt;
}

/// A detector that is not there, or has no clip it may score, shows here, not after hours.
Check check_detectors(const Night& night) {
  const std::vector<std::string> names = night.config.get_list("nightly.detectors");
  std::error_code failed;
  if (names.empty()) {
    return {"detectors", CheckStatus::kOk, "none"};
  }
  if (!fs::exists(night.catalog, failed)) {
    return {"detectors", CheckStatus::kFail, "a catalog that is yet to be made has no detector"};
  }
  Database database = Database::open_reader(night.catalog);
  for (const std::string& name : names) {
    if (!find_detector(DetectorStore(database), name)) {
      return {"detectors", CheckStatus::kFail,
              "no detector '" + name +
                  "' in this catalog (make one with 'changeling detector "
                  "train')"};
    }
  }
  const auto pairs = pairs_of(night, database);
  const bool can_score =
      !pairs || std::any_of(pairs->begin(), pairs->end(), [](const PairRow& pair) {
        return pair.part == part_of(DetectorRole::kScore);
      });
  return {"detectors", can_score ? CheckStatus::kOk : CheckStatus::kFail,
          can_score ? std::to_string(names.size())
                    : "the pairs have none of part test, which detectors score"};
}

void preflight(Night& night) {
  std::vector<Check> checks = check_programs();
  for (const Check& check : check_models(night.config.get_path("models.dir"))) {
    checks.push_back(check);
  }
  for (const Check& check : check_codecs()) {
    checks.push_back(check);
  }
  const Check catalog = check_catalog(night.catalog);
  for (const Check& check : {check_sqlite(), catalog, check_room(night), check_device(night)}) {
    checks.push_back(check);
  }
  if (catalog.status != CheckStatus::kFail) {  // else these could not read it
    checks.push_back(check_decode(night));
    checks.push_back(check_detectors(night));
  }
  std::string failed;
  for (const Check& check : checks) {
    if (check.status == CheckStatus::kFail) {
      failed += (failed.empty() ? "" : "; ") + check.name + ": " + check.detail;
    }
  }
  if (!failed.empty()) {
    throw Error(ErrorKind::kResource, "preflight: " + failed);
  }
  night.steps.push_back({{"step", "preflight"}, {"checks", checks.size()}, {"exit_code", 0}});
}

/// What a night says that stops: after a request it can be run again, whatever code the step has
/// for being stopped. So it can when the step alone was ended from outside (by somebody, by the
/// kernel short of memory); one that crashed has failed.
int stopped_code(const std::string& step, int code) {
  if (stop_requested() != 0) {
    return static_cast<int>(exit_code_of_stop());
  }
  constexpr int kSignalled = 128;
  const int signal = code - kSignalled;
  if (signal <= 0) {
    return code;
  }
  const bool goes_on =
      signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
  std::cerr << "changeling: step '" << step << "' was ended by signal " << signal
            << (goes_on ? " (run again: the night goes on where it was)\n" : "\n");
  return static_cast<int>(goes_on ? ExitCode::kRetry : ExitCode::kRuntimeError);
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
    throw Stopped{stopped_code(text, 0)};
  }
  words.insert(words.end(), night.passed_on.begin(), night.passed_on.end());
  const int code = run_child_verb(words, night.is_json ? ChildOutput::kStderr : ChildOutput::kOwn);
  night.steps.push_back({{"step", text}, {"exit_code", code}});
  if (code == static_cast<int>(ExitCode::kGateFailed)) {
    night.gate_failed = true;
  } else if (code == static_cast<int>(ExitCode::kSomeItemsFailed)) {
    night.some_failed = true;
  } else if (code != 0) {
    throw Stopped{stopped_code(text, code)};
  }
}

/// The newest generate run of the suite.
std::optional<RunRow> newest_run(const Night& night) {
  std::error_code failed;
  if (!fs::exists(night.catalog, failed)) {
    return std::nullopt;
  }
  Database database = Database::open_reader(night.catalog);
  std::optional<RunRow> newest;
  for (RunRow& run : RunStore(database).runs()) {
    if (run.kind == "generate" && run.suite == night.suite) {
      newest = std::move(run);
    }
  }
  return newest;
}

/// A night is over when its marker is written; until then a rerun goes on with its run. Where the
/// folder of the night, there since its run was made, was taken away, the gate's verdict stands for
/// the marker.
bool is_over(const Night& night, const std::optional<RunRow>& run) {
  if (!run) {
    return true;
  }
  const fs::path folder = night.out / run->run_id;
  std::error_code failed;
  if (fs::exists(folder, failed)) {
    return fs::exists(folder / kMarker, failed);
  }
  Database database = Database::open_reader(night.catalog);
  return run->finished_at && read_gate(database, run->run_id);
}

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

/// Begins a run, or goes on with that of a night that is not over.
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
  if (night.dry_run) {
    night.run_id = "RUN";
    return;
  }
  std::error_code ignored;  // a folder that cannot be made shows when the gate is written
  fs::create_directories(night.out / night.run_id, ignored);
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

/// The explicit list of what is done with the night's run. The run's report shows the gate's
/// verdict, so it comes after the gate.
void measure(Night& night) {
  const std::string& run = night.run_id;
  const fs::path folder = night.out / run;
  step(night, {"evaluate", "score", run});
  score_by_detectors(night);
  step(night, {"catalog", "verify"});
  step(night, {"report", "gate", run, "--out", folder / "gate"});
  step(night, {"report", "build", run, "--out", folder / "report"});
  step(night, {"report", "trend", night.suite, "--out", night.out / "trend"});
}

/// What the night came to: the gate's verdict, but `fail` when any check did not hold. The head of
/// the audit log is kept outside of the catalog here.
json summary_of(const Night& night, ExitCode code) {
  Database database = Database::open_reader(night.catalog);
  const std::optional<Digest> head = AuditLog(database).head();
  const std::optional<ReportGate> gate = read_gate(database, night.run_id);
  return {{"schema_version", 1},
          {"suite", night.suite},
          {"run_id", night.run_id},
          {"exit_code", static_cast<int>(code)},
          {"verdict", night.gate_failed ? "fail"
                      : gate            ? gate->verdict
                                        : ""},
          {"baseline_run", gate ? gate->baseline_run : ""},
          {"audit_head", head ? head->hex() : ""},
          {"steps", night.steps}};
}

void write_marker(const Night& night, const json& summary) {
  write_file_atomically(night.out / night.run_id / kMarker, summary.dump(2) + "\n");
}

/// A step that fails for good would do so every night, and no new run would ever begin: such a
/// night is over, too, once its run is closed. One that was stopped, met somebody else at work on
/// the catalog, or has too little room to tell whose fault it is, is gone on with.
void end_failed(const Night& night, ExitCode code) {
  const bool goes_on =
      code == ExitCode::kRetry || code == ExitCode::kInterrupted || code == ExitCode::kCatalogBusy;
  if (goes_on || night.run_id.empty()) {
    return;
  }
  const std::optional<RunRow> run = newest_run(night);
  if (run && run->finished_at && !is_over(night, run)) {
    const Check room = check_room(night);
    if (room.status == CheckStatus::kFail) {
      std::cerr << "changeling: " << room.detail
                << " (make room and run again: the night goes on where it was)\n";
      return;
    }
    write_marker(night, summary_of(night, code));
    std::cerr << "changeling: this night ends here; the next one begins a new run\n";
  }
}

ExitCode finish(const Night& night) {
  const ExitCode code = night.gate_failed   ? ExitCode::kGateFailed
                        : night.some_failed ? ExitCode::kSomeItemsFailed
                                            : ExitCode::kOk;
  const json summary = summary_of(night, code);
  write_marker(night, summary);
  if (night.is_json) {
    std::cout << summary.dump() << "\n";
  } else if (!night.is_quiet || code != ExitCode::kOk) {
    std::cout << "nightly: " << summary["verdict"].get<std::string>() << "; "
              << (night.out / night.run_id).string() << "\n";
  }
  return code;
}

ExitCode finish_dry_run(const Night& night) {
  if (night.is_json) {
    std::cout << json{{"schema_version", 1}, {"dry_run", true}, {"steps", night.steps}}.dump()
              << "\n";
  }
  return ExitCode::kOk;
}

/// Keeps other nights off: between two steps nobody holds the catalog itself.
WriterLock lock_night(const Night& night) {
  std::error_code ignored;  // a folder that cannot be made shows when the lock file is opened
  fs::create_directories(fs::absolute(night.catalog).parent_path(), ignored);
  return {night.catalog, "catalog", ErrorKind::kCatalog, "night"};
}

ExitCode run_nightly(const Command& command) {
  install_stop_signal();
  Night night = make_night(command);
  std::optional<WriterLock> lock;
  if (!night.dry_run) {
    lock.emplace(lock_night(night));
  }
  preflight(night);
  try {
    prepare_pairs(night);
    make_run(night);
    measure(night);
  } catch (const Stopped& stopped) {
    end_failed(night, static_cast<ExitCode>(stopped.code));
    return static_cast<ExitCode>(stopped.code);
  }
  return night.dry_run ? finish_dry_run(night) : finish(night);
}

}  // namespace

Verb nightly_verb() {
  Verb verb;
  verb.name = "nightly";
  verb.summary = "Make, measure and judge one run of a frozen suite";
  verb.description =
      "Checks weights, disk, decoding and device first; then corpus, split and pairs (frozen after "
      "the first night), a new run, scores, verification, gate, reports. Exits 4 when the gate or "
      "the verification fails, 3 when some items failed, 75 when it or a step was stopped or "
      "killed, 5 when another night is at work on the catalog. Run again after that, or after a "
      "step that failed with less than nightly.min_free_gib free, it goes on where it was; after "
      "a step that failed for good the next night begins a new run. With --json stdout is "
      "one object and what the steps print goes to stderr; with --quiet nothing is printed of a "
      "night that is all right.";
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
      make_int("nightly.min_free_gib", "", "5",
               "Free space without which no night begins or ends for good, GiB.", 0, 1e6)};
  return verb;
}

std::vector<VerbEntry> nightly_functions() {
  return {{{"nightly"}, run_nightly}};
}

}  // namespace changeling

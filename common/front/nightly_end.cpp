#include "common/front/nightly_end.h"

#include <algorithm>
#include <iostream>
#include <system_error>
#include <utility>
#include <variant>

#include "catalog/store/audit_log.h"
#include "catalog/store/database.h"
#include "catalog/store/gate_store.h"
#include "common/base/atomic_file.h"
#include "common/front/json_output.h"
#include "common/front/nightly_preflight.h"
#include "common/front/nightly_steps.h"
#include "generator/batch/orchestrator.h"
#include "reports/model/gate.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kMarker = "nightly.json";

/// How a night ended: status "done", "stopped" (run again, it goes on where it was) or "failed".
struct Ending {
  ExitCode code;
  std::string status;
  std::string reason;  ///< empty when done
};

json summary_without_catalog(const Night& night, const Ending& ending) {
  return {{"schema_version", 1},     {"suite", night.suite},
          {"run_id", night.run_id},  {"status", ending.status},
          {"reason", ending.reason}, {"exit_code", static_cast<int>(ending.code)},
          {"verdict", ""},           {"baseline_run", ""},
          {"audit_head", ""},        {"steps", night.steps}};
}

/// What the night came to: the gate's verdict, but `fail` when any check did not hold. The head of
/// the audit log is kept outside of the catalog here.
json summary_of(const Night& night, const Ending& ending) {
  json summary = summary_without_catalog(night, ending);
  Database database = Database::open_reader(night.catalog);
  if (const std::optional<Digest> head = AuditLog(database).head()) {
    summary["audit_head"] = head->hex();
  }
  if (const std::optional<ReportGate> gate = read_gate(database, night.run_id)) {
    summary["verdict"] = gate->verdict;
    summary["baseline_run"] = gate->baseline_run;
  }
  if (night.gate_failed) {
    summary["verdict"] = "fail";
  }
  return summary;
}

/// The one document of a night that did not come to its end. Where the catalog cannot be read, it
/// does without: the first error counts.
void print_unfinished(const Night& night, const Ending& ending) {
  if (!night.is_json) {
    return;
  }
  const Outcome<json> whole =
      guard<json>("nightly", [&night, &ending] { return summary_of(night, ending); });
  const json* summary = std::get_if<json>(&whole);
  print_json(summary != nullptr ? *summary : summary_without_catalog(night, ending));
}

void write_marker(const Night& night, const json& summary) {
  write_file_atomically(night.out / night.run_id / kMarker, summary.dump(2) + "\n");
}

/// What `generate run` says 1 to: the run is closed, and more of its jobs failed than may.
bool has_failed(const Night& night, const RunRow& run) {
  if (!run.finished_at) {
    return false;
  }
  Database database = Database::open_reader(night.catalog);
  return run_progress(RunStore(database), run.run_id).failed_share() >
         night.config.get_double("run.max_failed_share");
}

/// Ends the night of a run for good where nothing speaks for going on with it.
void give_up_or_go_on(const Night& night, const Ending& ending) {
  const std::optional<RunRow> run = newest_run(night);
  if (!run || is_over(night, run)) {
    return;
  }
  if (!night.is_made && !has_failed(night, *run)) {
    std::cerr << "changeling: run " << run->run_id
              << " is not measured yet; the next night goes on with it\n";
    return;
  }
  const Check room = check_room(night);
  if (room.status == CheckStatus::kFail) {
    std::cerr << "changeling: " << room.detail
              << " (make room and run again: the night goes on where it was)\n";
    return;
  }
  write_marker(night, summary_of(night, ending));
  std::cerr << "changeling: this night ends here; the next one begins a new run\n";
}

}  // namespace

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

std::int64_t count_judged_nights(const Night& night) {
  Database database = Database::open_reader(night.catalog);
  const GateStore gates(database);
  const std::vector<RunRow> runs = RunStore(database).runs();
  return std::count_if(runs.begin(), runs.end(), [&night, &gates](const RunRow& run) {
    return run.kind == "generate" && run.suite == night.suite && run.run_id != night.run_id &&
           !gates.results(run.run_id).empty();
  });
}

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

void end_stopped(const Night& night, const Stopped& stopped) {
  const Ending ending = {stopped.code, stopped.is_stop() ? "stopped" : "failed", stopped.reason};
  if (!stopped.is_stop() && stopped.code != ExitCode::kCatalogBusy && !night.run_id.empty()) {
    give_up_or_go_on(night, ending);
  }
  print_unfinished(night, ending);
}

void print_error(const Night& night, const Failure& failure) {
  print_unfinished(night, {exit_code_for(failure.kind), "failed", failure.message});
}

ExitCode finish(Night& night) {
  const ExitCode code = night.gate_failed   ? ExitCode::kGateFailed
                        : night.some_failed ? ExitCode::kSomeItemsFailed
                                            : ExitCode::kOk;
  const json summary = summary_of(night, {code, "done", ""});
  write_marker(night, summary);
  if (night.is_json) {
    print_json(summary);
  } else if (!night.is_quiet || code != ExitCode::kOk) {
    std::cout << "nightly: " << summary["verdict"].get<std::string>() << "; "
              << (night.out / night.run_id).string() << std::endl;
  }
  try {
    prune_old_runs(night);
  } catch (const Stopped& stopped) {
    std::cerr << "changeling: " << stopped.reason << "; the next night frees the rest\n";
  }
  return code;
}

ExitCode finish_dry_run(Night& night) {
  prune_old_runs(night);
  if (night.is_json) {
    print_json({{"dry_run", true}, {"steps", night.steps}});
  }
  return ExitCode::kOk;
}

}  // namespace changeling

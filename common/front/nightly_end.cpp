#include "common/front/nightly_end.h"

#include <iostream>
#include <system_error>
#include <utility>

#include "catalog/store/audit_log.h"
#include "catalog/store/database.h"
#include "common/base/atomic_file.h"
#include "common/front/nightly_preflight.h"
#include "generator/batch/orchestrator.h"
#include "reports/model/gate.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kMarker = "nightly.json";

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

/// What `generate run` says 1 to: the run is closed, and more of its jobs failed than may.
bool has_failed(const Night& night, const RunRow& run) {
  Database database = Database::open_reader(night.catalog);
  const double share = run_progress(RunStore(database), run.run_id).failed_share();
  return run.finished_at && share > night.config.get_double("run.max_failed_share");
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

void end_failed(const Night& night, ExitCode code) {
  const bool goes_on =
      code == ExitCode::kRetry || code == ExitCode::kInterrupted || code == ExitCode::kCatalogBusy;
  if (goes_on || night.run_id.empty()) {
    return;
  }
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
  write_marker(night, summary_of(night, code));
  std::cerr << "changeling: this night ends here; the next one begins a new run\n";
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

}  // namespace changeling

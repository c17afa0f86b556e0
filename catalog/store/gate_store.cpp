#include "catalog/store/gate_store.h"

#include <string>

#include <nlohmann/json.hpp>

#include "catalog/store/audit_log.h"
#include "catalog/store/clock.h"
#include "catalog/store/connection.h"
#include "catalog/store/pruned_runs.h"
#include "common/base/error.h"

namespace changeling {
namespace {

const std::string kSelectBaseline =
    "SELECT suite,effective_from,run_id,approved_by,reason FROM baseline ";
const std::string kNewestBaseline =
    kSelectBaseline + "WHERE suite=? ORDER BY effective_from DESC LIMIT 1";
const std::string kBaselines = kSelectBaseline + "ORDER BY suite,effective_from";

void read_row(Query& query, BaselineRow& row) {
  query.read(row.suite, row.effective_from, row.run_id, row.approved_by, row.reason);
}

/// Says in words what the trigger of the table would refuse in three.
void check_can_be_baseline(Database& database, std::string_view suite, std::string_view run_id) {
  Query run(database.connection(),
            "SELECT status,suite,EXISTS(SELECT 1 FROM gate_result g WHERE g.run_id=r.run_id AND "
            "g.verdict='fail') FROM run r WHERE run_id=?");
  run.bind(run_id);
  const std::string name = "run " + std::string(run_id);
  if (!run.next()) {
    throw Error(ErrorKind::kConfig, "no " + name + " in '" + database.path().string() + "'");
  }
  std::string status;
  std::optional<std::string> own_suite;
  bool has_failed = false;
  run.read(status, own_suite, has_failed);
  if (status != "ok") {
    throw Error(ErrorKind::kConfig,
                name + " ended as '" + status + "': only a run without failures can be a baseline");
  }
  if (own_suite != std::optional<std::string>(suite)) {
    throw Error(ErrorKind::kConfig, name + " belongs to " +
                                        (own_suite ? "suite '" + *own_suite + "'" : "no suite") +
                                        ", not to '" + std::string(suite) +
                                        "' (suites are named by 'generate run --suite')");
  }
  if (has_failed) {
    throw Error(ErrorKind::kConfig, name + " has a failing verdict: it cannot be a baseline");
  }
  require_unpruned(database, run_id);  // detectors of later nights score it, too
}

}  // namespace

void GateStore::record(std::string_view actor, const std::vector<GateResultRow>& results,
                       std::string_view detail_json) {
  if (results.empty()) {
    return;
  }
  database_.transaction([&] {
    Query(database_.connection(), "DELETE FROM gate_result WHERE run_id=?")
        .run(results.front().run_id);
    Query insert(database_.connection(),
                 "INSERT INTO gate_result(run_id,baseline_run,metric_id,slice,delta,delta_lo,"
                 "delta_hi,mde,p_holm,tolerance,verdict) VALUES(?,?,?,?,?,?,?,?,?,?,?)");
    for (const GateResultRow& row : results) {
      insert.run(row.run_id, row.baseline_run, row.metric_id, row.slice, row.delta, row.delta_lo,
                 row.delta_hi, row.mde, row.p_holm, row.tolerance, row.verdict);
    }
    AuditLog(database_).append(actor, "gate", results.front().run_id, detail_json);
  });
}

std::vector<GateResultRow> GateStore::results(std::string_view run_id) const {
  Query query(database_.connection(),
              "SELECT run_id,baseline_run,metric_id,slice,delta,delta_lo,delta_hi,mde,p_holm,"
              "tolerance,verdict FROM gate_result WHERE run_id=? "
              "ORDER BY baseline_run,metric_id,slice");
  query.bind(run_id);
  std::vector<GateResultRow> rows;
  while (query.next()) {
    GateResultRow& row = rows.emplace_back();
    query.read(row.run_id, row.baseline_run, row.metric_id, row.slice, row.delta, row.delta_lo,
               row.delta_hi, row.mde, row.p_holm, row.tolerance, row.verdict);
  }
  return rows;
}

void GateStore::set_baseline(std::string_view suite, std::string_view run_id,
                             std::string_view approved_by, std::string_view reason) {
  database_.transaction([&] {
    check_can_be_baseline(database_, suite, run_id);
    const std::optional<BaselineRow> before = baseline(suite);
    Query(database_.connection(),
          "INSERT INTO baseline(suite,effective_from,run_id,approved_by,reason) VALUES(?,?,?,?,?)")
        .run(suite, now_after(before ? before->effective_from : ""), run_id, approved_by, reason);
    const nlohmann::json detail = {{"run", run_id}, {"reason", reason}};
    AuditLog(database_).append(
        approved_by, "baseline", suite,
        detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  });
}

void GateStore::check_baseline(std::string_view suite, std::string_view run_id) const {
  check_can_be_baseline(database_, suite, run_id);
}

std::optional<BaselineRow> GateStore::baseline(std::string_view suite) const {
  Query query(database_.connection(), kNewestBaseline.c_str());
  query.bind(suite);
  if (!query.next()) {
    return std::nullopt;
  }
  BaselineRow row;
  read_row(query, row);
  return row;
}

std::vector<BaselineRow> GateStore::baselines() const {
  Query query(database_.connection(), kBaselines.c_str());
  std::vector<BaselineRow> rows;
  while (query.next()) {
    read_row(query, rows.emplace_back());
  }
  return rows;
}

}  // namespace changeling

#include "catalog/store/run_store.h"

#include "catalog/store/blob_rows.h"
#include "catalog/store/clock.h"
#include "catalog/store/connection.h"
#include "catalog/store/model_rows.h"
#include "catalog/store/pruned_runs.h"
#include "catalog/store/uuid.h"
#include "common/base/error.h"
#include "common/base/name.h"

// Runs, methods and models; jobs are in job_queue.cpp, what they leave behind in job_records.cpp.
namespace changeling {
namespace {

const std::string kSelectRun =
    "SELECT run_id,kind,suite,list_id,parent_run_id,status,started_at,finished_at,git_commit,"
    "git_dirty,config_sha256,config_json,seed,host,env_json,version_id FROM run ";
const std::string kRunById = kSelectRun + "WHERE run_id=?";
// Newest is by rowid, here and in all other queries: a clock may be set back, and run_id follows
// it.
const std::string kRuns = kSelectRun + "ORDER BY rowid";
const std::string kResumable =
    kSelectRun + "WHERE kind=? AND list_id IS ? AND config_sha256=? ORDER BY rowid DESC";

void read_row(Query& query, RunRow& row) {
  query.read(row.run_id, row.kind, row.suite, row.list_id, row.parent_run_id, row.status,
             row.started_at, row.finished_at, row.git_commit, row.git_dirty, row.config_sha256,
             row.config_json, row.seed, row.host, row.env_json, row.version_id);
  if (!is_uuid(row.run_id)) {  // it names folders and is handed to programs
    throw Error(ErrorKind::kCatalog, "'" + row.run_id + "' is no id of a run");
  }
}

std::optional<RunRow> read_optional(Query& query) {
  if (!query.next()) {
    return std::nullopt;
  }
  RunRow row;
  read_row(query, row);
  return row;
}

}  // namespace

std::string RunStore::begin(const RunRow& run) {
  const std::string run_id = run.run_id.empty() ? make_uuid_v7() : run.run_id;
  database_.transaction([&] {
    Query(database_.connection(),
          "INSERT INTO run(run_id,kind,suite,list_id,parent_run_id,status,started_at,git_commit,"
          "git_dirty,config_sha256,config_json,seed,host,env_json,version_id) "
          "VALUES(?,?,?,?,?,'running',?,?,?,?,?,?,?,?,?)")
        .run(run_id, run.kind, run.suite, run.list_id, run.parent_run_id, now_iso8601(),
             run.git_commit, run.git_dirty, run.config_sha256, run.config_json, run.seed, run.host,
             run.env_json, run.version_id);
  });
  return run_id;
}

void RunStore::finish(std::string_view run_id, std::string_view status) {
  database_.transaction([&] {
    const std::int64_t changed =
        Query(database_.connection(),
              "UPDATE run SET status=?,finished_at=? WHERE run_id=? AND status='running'")
            .run(status, now_iso8601(), run_id);
    if (changed != 1) {
      throw Error(ErrorKind::kCatalog, "catalog '" + database_.path().string() +
                                           "' has no running run " + std::string(run_id));
    }
  });
}

std::optional<RunRow> RunStore::find_run(std::string_view run_id) const {
  Query query(database_.connection(), kRunById.c_str());
  query.bind(run_id);
  return read_optional(query);
}

std::vector<RunRow> RunStore::runs() const {
  Query query(database_.connection(), kRuns.c_str());
  std::vector<RunRow> rows;
  while (query.next()) {
    read_row(query, rows.emplace_back());
  }
  return rows;
}

RunRow RunStore::find_generate_run(std::string_view text) const {
  const bool is_latest = text.empty() || text == "latest";
  std::vector<RunRow> fitting;
  for (RunRow& run : runs()) {
    if (run.kind == "generate" && (is_latest || run.run_id.compare(0, text.size(), text) == 0)) {
      fitting.push_back(std::move(run));
    }
  }
  if (fitting.empty()) {
    throw Error(ErrorKind::kConfig,
                is_latest ? "the catalog has no generate run (make one with 'changeling generate "
                            "run LIST')"
                          : "no generate run '" + std::string(text) +
                                "' (list them with 'changeling catalog query \"SELECT run_id, "
                                "started_at FROM run\"')");
  }
  if (!is_latest && fitting.size() > 1) {
    throw Error(ErrorKind::kConfig, "'" + std::string(text) + "' begins " +
                                        std::to_string(fitting.size()) +
                                        " run ids: give more of it");
  }
  return fitting.back();
}

void RunStore::check_suite(std::string_view what, std::string_view suite) const {
  Query query(database_.connection(), "SELECT 1 FROM run WHERE suite=?");
  query.bind(suite);
  if (!query.next()) {
    check_name(what, suite);
  }
}

std::optional<RunRow> RunStore::find_resumable(std::string_view kind, PairListId list,
                                               const Digest& config_sha256) const {
  Query query(database_.connection(), kResumable.c_str());
  query.bind(kind, list ? std::optional<PairListId>(list) : std::nullopt, config_sha256);
  std::optional<RunRow> run = read_optional(query);
  while (run && lacks_pruned_files(database_, run->run_id)) {
    run = read_optional(query);
  }
  return run;
}

void RunStore::ensure_method(const MethodRow& method) {
  database_.transaction([&] {
    Query(database_.connection(),
          "INSERT INTO method(name,self_paired,digital_source_type) VALUES(?,?,?) "
          "ON CONFLICT(name) DO NOTHING")
        .run(method.name, method.self_paired, method.digital_source_type);
    const std::optional<MethodRow> stored = find_method(method.name);
    CHANGELING_REQUIRE(stored.has_value(), "a method that was just added is missing");
    if (stored->self_paired != method.self_paired ||
        stored->digital_source_type != method.digital_source_type) {
      throw Error(ErrorKind::kCatalog, "method '" + method.name +
                                           "' is stored with another pairing or source type: give "
                                           "the changed method a new name");
    }
  });
}

std::optional<MethodRow> RunStore::find_method(std::string_view name) const {
  Query query(database_.connection(),
              "SELECT name,self_paired,digital_source_type FROM method WHERE name=?");
  query.bind(name);
  if (!query.next()) {
    return std::nullopt;
  }
  MethodRow row;
  query.read(row.name, row.self_paired, row.digital_source_type);
  return row;
}

ModelId RunStore::ensure_model(const ModelRow& model, std::int64_t bytes) {
  ModelId id;
  Connection& connection = database_.connection();
  database_.transaction([&] {
    add_blob(connection, {model.sha256, bytes, "application/octet-stream", "external"});
    Query(connection,
          "INSERT INTO model(role,name,version,sha256,licence,trained_on) VALUES(?,?,?,?,?,?) "
          "ON CONFLICT(role,name,version,sha256) DO NOTHING")
        .run(model.role, model.name, model.version, model.sha256, model.licence, model.trained_on);
    Query query(connection,
                "SELECT model_id FROM model WHERE role=? AND name=? AND version=? AND sha256=?");
    query.bind(model.role, model.name, model.version, model.sha256);
    CHANGELING_REQUIRE(query.next(), "a model that was just added is missing");
    query.read(id);
  });
  return id;
}

void RunStore::link_model(std::string_view run_id, std::string_view role, ModelId model) {
  database_.transaction([&] {
    Connection& connection = database_.connection();
    Query(connection,
          "INSERT INTO run_model(run_id,role,model_id) VALUES(?,?,?) "
          "ON CONFLICT(run_id,role) DO NOTHING")
        .run(run_id, role, model);
    Query query(connection, "SELECT model_id FROM run_model WHERE run_id=? AND role=?");
    query.bind(run_id, role);
    ModelId stored;
    CHANGELING_REQUIRE(query.next(), "a model link that was just added is missing");
    query.read(stored);
    if (stored != model) {
      throw Error(ErrorKind::kCatalog, "run " + std::string(run_id) +
                                           " already uses another model as '" + std::string(role) +
                                           "': start a new run");
    }
  });
}

std::vector<ModelRow> RunStore::models(std::string_view run_id) const {
  Query query(database_.connection(),
              "SELECT model_id,rm.role,name,version,sha256,licence,trained_on FROM run_model rm "
              "JOIN model USING(model_id) WHERE run_id=? ORDER BY rm.role");
  query.bind(run_id);
  return read_models(query);
}

}  // namespace changeling

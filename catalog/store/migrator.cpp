#include "catalog/store/migrator.h"

#include <utility>

#include "catalog/store/audit_log.h"
#include "catalog/store/backup.h"
#include "catalog/store/clock.h"
#include "catalog/store/connection.h"
#include "catalog/store/schema_check.h"
#include "common/base/build_info.h"
#include "common/base/error.h"

namespace changeling {

// Written by changeling_embed from schema/*.sql.
const std::vector<std::pair<std::string, std::string>>& schema_files();

namespace {

/// Rolls back unless committed.
class Immediate {
 public:
  explicit Immediate(Connection& connection) : connection_(connection) {
    connection_.exec("BEGIN IMMEDIATE");
  }

  ~Immediate() {
    if (open_) {
      connection_.try_exec("ROLLBACK");
    }
  }

  Immediate(const Immediate&) = delete;
  Immediate& operator=(const Immediate&) = delete;

  void commit() {
    connection_.exec("COMMIT");
    open_ = false;
  }

 private:
  Connection& connection_;
  bool open_ = true;
};

std::string tool_version() {
  return std::string(project_version()) + " (" + std::string(git_commit()) + ")";
}

void check_references(Connection& connection, const Migration& migration) {
  Query violations(connection, "PRAGMA foreign_key_check");
  if (violations.next()) {
    std::string table;
    violations.read(table);
    throw Error(ErrorKind::kCatalog, "migration " + migration.name + " of '" +
                                         connection.file().string() +
                                         "' leaves broken references in table '" + table +
                                         "'; the catalog is unchanged");
  }
}

void record(Connection& connection, const Migration& migration) {
  Query(connection,
        "INSERT INTO schema_migration(version,sql_sha256,applied_at,tool_version) VALUES(?,?,?,?)")
      .run(migration.version, sha256(migration.sql), now_iso8601(), tool_version());
  append_audit(connection, {"changeling", "migrate", migration.name, "{}"});
}

}  // namespace

const std::vector<Migration>& builtin_migrations() {
  static const std::vector<Migration> migrations = [] {
    std::vector<Migration> list;
    for (const auto& [name, sql] : schema_files()) {
      list.push_back({std::stoi(name.substr(0, 4)), name, sql});
    }
    return list;
  }();
  return migrations;
}

Migrator::Migrator(std::vector<Migration> migrations) : migrations_(std::move(migrations)) {
  for (std::size_t i = 0; i < migrations_.size(); ++i) {
    CHANGELING_REQUIRE(migrations_[i].version == static_cast<int>(i) + 1,
                       "migrations are numbered 1, 2, ... without gaps");
  }
}

int Migrator::newest_version() const {
  return static_cast<int>(migrations_.size());
}

void Migrator::check_applied(Connection& connection) const {
  Query rows(connection, "SELECT version,sql_sha256 FROM schema_migration ORDER BY version");
  rows.bind();
  while (rows.next()) {
    int version = 0;
    Digest recorded;
    rows.read(version, recorded);
    if (version >= 1 && version <= newest_version() &&
        sha256(migrations_[static_cast<std::size_t>(version) - 1].sql) != recorded) {
      throw Error(ErrorKind::kCatalog,
                  "catalog '" + connection.file().string() + "': migration " +
                      std::to_string(version) +
                      " was applied from another text than this program's; use the program "
                      "version that made the catalog, or make a new catalog");
    }
  }
  check_schema(connection, migrations_);
}

void Migrator::apply(Connection& connection, const Migration& migration) const {
  // Table rebuilds need keys off; the pragma has no effect inside a transaction.
  connection.exec("PRAGMA foreign_keys=OFF");
  Immediate transaction(connection);
  connection.exec(migration.sql);
  connection.exec("PRAGMA user_version=" + std::to_string(migration.version));
  check_references(connection, migration);
  record(connection, migration);
  transaction.commit();
}

void Migrator::create(Connection& connection) const {
  for (const Migration& migration : migrations_) {
    apply(connection, migration);
  }
  connection.exec("PRAGMA foreign_keys=ON");
}

MigrationReport Migrator::plan(Connection& connection) const {
  connection.check_is_catalog();
  MigrationReport report;
  report.from_version = connection.schema_version();
  report.to_version = newest_version();
  if (report.from_version > newest_version()) {
    throw newer_schema_error(connection.file(), report.from_version, newest_version());
  }
  check_applied(connection);
  return report;
}

MigrationReport Migrator::plan(const std::filesystem::path& file) const {
  require_catalog_file(file);
  const WriterLock lock = lock_catalog(file);
  Connection connection(file, Access::kRead);
  return plan(connection);
}

MigrationReport Migrator::migrate(const std::filesystem::path& file) const {
  require_catalog_file(file);
  const WriterLock lock = lock_catalog(file);
  Connection connection(file, Access::kWrite);
  MigrationReport report = plan(connection);
  for (int version = report.from_version; version < newest_version(); ++version) {
    const std::filesystem::path backup = file.string() + ".backup-v" + std::to_string(version);
    std::filesystem::remove(backup);  // of an earlier attempt that was cut off
    write_backup(connection, backup);
    report.backups.push_back(backup);
    apply(connection, migrations_[static_cast<std::size_t>(version)]);
  }
  return report;
}

}  // namespace changeling

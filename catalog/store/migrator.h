// catalog/store/migrator.h: brings a catalog to the newest schema, forwards only. Layer 1.
// Rules: catalog/README.md, "Migrations".
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace changeling {

class Connection;

struct Migration {
  int version = 0;   ///< 1, 2, ... without gaps
  std::string name;  ///< file name, "0001_initial.sql"
  std::string sql;
};

/// The migrations compiled into this program, ascending.
[[nodiscard]] const std::vector<Migration>& builtin_migrations();

struct MigrationReport {
  int from_version = 0;
  int to_version = 0;
  std::vector<std::filesystem::path> backups;  ///< one per applied migration, made before it
};

/// Thread-safe: holds only its list.
class Migrator {
 public:
  /// Tests inject their own list.
  explicit Migrator(std::vector<Migration> migrations = builtin_migrations());

  [[nodiscard]] int newest_version() const;

  /// Applies what the catalog lacks. Each migration is preceded by a backup `<file>.backup-vN` (N =
  /// the version left behind) and runs in one transaction, so a kill leaves the old version. Holds
  /// the writer lock. Throws Error(kCatalog): locked, newer than this program, no catalog, recorded
  /// digest or schema differs, broken references; Error(kInput) when there is no such file.
  [[nodiscard]] MigrationReport migrate(const std::filesystem::path& file) const;

  /// What migrate would do, without the backups. Changes nothing, but holds the writer lock
  /// meanwhile; throws as migrate does.
  [[nodiscard]] MigrationReport plan(const std::filesystem::path& file) const;

  /// Makes all migrations in an empty database, without backups (a new catalog).
  void create(Connection& connection) const;

  /// Throws Error(kCatalog) when an applied migration was another text than the one in this
  /// program, or as check_schema.
  void check_applied(Connection& connection) const;

 private:
  [[nodiscard]] MigrationReport plan(Connection& connection) const;
  void apply(Connection& connection, const Migration& migration) const;

  std::vector<Migration> migrations_;
};

}  // namespace changeling

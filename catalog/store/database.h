// catalog/store/database.h: one SQLite connection with the catalog's pragmas, its writer lock and its
// transactions. Layer 1. Rules and reasons: catalog/README.md.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

namespace SQLite {
class Database;
}

namespace changeling {

/// A connection to one catalog file. One thread per object.
/// Writers hold `<file>.lock` (flock) for their lifetime: a second writer gets Error(kCatalog).
class Database {
 public:
  /// Makes a new catalog at the newest schema, as writer. Throws Error(kCatalog) when the file exists.
  static Database create(const std::filesystem::path& path);

  /// Opens for writing; runs every checkpoint. Throws Error(kCatalog) when the catalog is locked by
  /// another writer, has a newer schema, an older one (run `changeling catalog migrate`), is no catalog,
  /// or lies on a network file system; Error(kInput) when there is no such file.
  static Database open_writer(const std::filesystem::path& path);

  /// Opens with query_only; newer schemas are accepted.
  static Database open_reader(const std::filesystem::path& path);

  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  /// Runs `work` in BEGIN IMMEDIATE .. COMMIT; rolls back when it throws. Nested calls join the outer
  /// transaction. SQLite's errors become Error: disk full is kResource, the rest kCatalog.
  void transaction(const std::function<void()>& work);

  [[nodiscard]] const std::filesystem::path& path() const;
  [[nodiscard]] bool is_writer() const;

  /// The wrapped connection; only the sources of catalog/store use it.
  [[nodiscard]] SQLite::Database& sqlite() const;

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace changeling

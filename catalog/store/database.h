// catalog/store/database.h: one SQLite connection with the catalog's pragmas, its writer lock and
// its transactions. Layer 1. Rules and reasons: catalog/README.md.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

namespace changeling {

class Connection;

/// How commits reach the file. The file remembers it: open_writer keeps what create chose.
enum class JournalMode {
  kWal,       ///< readers never wait; the default
  kTruncate,  ///< rollback journal: slower, for systems where WAL does not work
};

/// A connection to one catalog file. One thread per object.
/// Writers hold `<file>.lock` (flock) for their lifetime: a second writer gets Error(kCatalog),
/// also within one process. Closing a writer runs PRAGMA optimize and empties the WAL.
class Database {
 public:
  /// Makes a new catalog at the newest schema, as writer, with its folder. The file appears whole
  /// or not at all. Throws Error(kCatalog) when the file exists, or another catalog in its folder:
  /// both would use the same objects/ and corpus_roots.json.
  static Database create(const std::filesystem::path& path, JournalMode mode = JournalMode::kWal);

  /// Throws what create() would because of the files that are there; changes nothing.
  static void check_is_free(const std::filesystem::path& path);

  /// Opens for writing; runs every checkpoint. Throws Error(kCatalog) when the catalog is locked by
  /// another writer, has a newer schema, an older one (run `changeling catalog migrate`), is no
  /// catalog, or lies on a network file system; Error(kInput) when there is no such file.
  static Database open_writer(const std::filesystem::path& path);

  /// Opens with query_only, never checkpoints; newer schemas are accepted. Throws as open_writer,
  /// but takes no lock.
  static Database open_reader(const std::filesystem::path& path);

  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  /// Runs `work` in BEGIN IMMEDIATE .. COMMIT (BEGIN .. COMMIT for a reader: one snapshot); rolls
  /// back when it throws. Nested calls join the outer transaction; after a nested call threw, the
  /// outer one cannot commit. SQLite's errors become Error: disk full is kResource, the rest
  /// kCatalog.
  void transaction(const std::function<void()>& work);

  /// Moves the WAL into the file and empties it. Call at quiet points, as writer, outside
  /// transactions; does nothing when readers are in the way.
  void checkpoint();

  /// Writes a consistent copy, also while another process writes. Throws Error(kInput)
  /// when `to` exists, Error(kResource) when the disk is full.
  void backup_to(const std::filesystem::path& to);

  [[nodiscard]] const std::filesystem::path& path() const;
  [[nodiscard]] bool is_writer() const;
  [[nodiscard]] int schema_version() const;

  /// The wrapped connection; only the sources of catalog/store use it.
  [[nodiscard]] Connection& connection() const;

 private:
  struct State;
  class Level;
  explicit Database(std::unique_ptr<State> state);
  static Database open(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace changeling

// catalog/store/connection.h: an SQLite connection with the catalog's settings, and typed
// statements on it. Layer 1, internal to the store.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/base/digest.h"
#include "common/base/ids.h"
#include "common/base/writer_lock.h"

namespace SQLite {
class Database;
class Exception;
class Statement;
}  // namespace SQLite

namespace changeling {

inline constexpr std::int64_t kApplicationId = 0x43484E47;  // "CHNG"

enum class Access { kCreate, kWrite, kRead };

/// One connection and its prepared statements. One thread.
class Connection {
 public:
  /// Opens the file and sets every pragma of catalog/README.md, "Connection rules". Does not look
  /// at the schema. Throws Error(kCatalog), Error(kResource), DescriptorShortage.
  Connection(const std::filesystem::path& file, Access access);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] SQLite::Database& db() { return *db_; }

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  /// Runs statements without parameters or results, errors mapped.
  void exec(const std::string& sql);
  /// The same for clean-up: failures are ignored.
  void try_exec(const char* sql) noexcept;
  /// Row id of the last insert.
  [[nodiscard]] std::int64_t last_insert_id() const;
  /// First column of the first row.
  [[nodiscard]] std::int64_t get_int(const std::string& sql);
  [[nodiscard]] std::string get_text(const std::string& sql);

  /// Throws Error(kCatalog) unless the file carries the catalog's application id.
  void check_is_catalog();
  [[nodiscard]] int schema_version();

  /// Maps the exception: full disk, I/O error and memory are kResource, the rest kCatalog.
  [[noreturn]] void fail(const SQLite::Exception& exception) const;

 private:
  friend class Query;

  struct Cached;

  void configure(Access access);

  std::filesystem::path file_;
  std::unique_ptr<SQLite::Database> db_;
  std::map<std::string, std::unique_ptr<Cached>, std::less<>>
      statements_;  // after db_: finalised before it
};

/// One use of a prepared statement: bind, step, read. Statements are kept by their text as long as
/// the connection, so texts must be few. Errors are mapped by Connection::fail.
class Query {
 public:
  Query(Connection& connection, const char* sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// Binds all parameters in order, from the first.
  template <typename... T>
  Query& bind(const T&... values) {
    rewind();
    int index = 0;
    (put(++index, values), ...);
    return *this;
  }

  /// Steps to the next row; false at the end.
  bool next();

  /// Binds, runs to the end; returns the number of changed rows.
  template <typename... T>
  std::int64_t run(const T&... values) {
    bind(values...);
    return finish();
  }

  /// Reads the columns of the current row in order, from the first.
  template <typename... T>
  void read(T&... values) {
    int index = -1;
    (get(++index, values), ...);
  }

 private:
  void rewind();
  std::int64_t finish();
  void put_null(int index);
  void put_int(int index, std::int64_t value);
  void put_double(int index, double value);
  void put_text(int index, std::string_view value);
  void put_blob(int index, const void* data, std::size_t size);
  [[nodiscard]] bool is_null(int index) const;
  [[nodiscard]] std::int64_t get_int(int index) const;
  [[nodiscard]] double get_double(int index) const;
  [[nodiscard]] std::string get_text(int index) const;
  [[nodiscard]] Digest get_digest(int index) const;

  template <typename T>
  void put(int index, const std::optional<T>& value) {
    value ? put(index, *value) : put_null(index);
  }

  template <typename Tag>
  void put(int index, Id<Tag> value) {
    put_int(index, value.value);
  }

  void put(int index, const Digest& value) { put_blob(index, value.bytes.data(), 32); }

  /// Integers, bools, reals and text. Seeds use all 64 bits: they are stored as the signed number
  /// of equal bits.
  template <typename T>
  void put(int index, const T& value) {
    if constexpr (std::is_integral_v<T>) {
      put_int(index, static_cast<std::int64_t>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
      put_double(index, value);
    } else {
      put_text(index, value);
    }
  }

  template <typename T>
  void get(int index, std::optional<T>& value) const {
    value.reset();
    if (!is_null(index)) {
      get(index, value.emplace());
    }
  }

  template <typename Tag>
  void get(int index, Id<Tag>& value) const {
    value.value = get_int(index);
  }

  void get(int index, Digest& value) const { value = get_digest(index); }

  void get(int index, std::string& value) const { value = get_text(index); }

  template <typename T>
  void get(int index, T& value) const {
    if constexpr (std::is_same_v<T, bool>) {
      value = get_int(index) != 0;
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(get_int(index));
    } else {
      static_assert(std::is_floating_point_v<T>);
      value = get_double(index);
    }
  }

  Connection& connection_;
  Connection::Cached* cached_ = nullptr;  ///< null: this use has a statement of its own
  std::unique_ptr<Connection::Cached> own_;
  SQLite::Statement* statement_ = nullptr;
};

/// True for file systems whose locks WAL cannot rely on (f_type of statfs: NFS, SMB, AFS, ...).
[[nodiscard]] bool is_network_file_system(std::int64_t file_system_type);

/// Throws Error(kCatalog) when `file` lies, or would lie, on a network file system.
void refuse_network_file_system(const std::filesystem::path& file);

/// What a writer holds for its lifetime. Throws as refuse_network_file_system, Error(kCatalog) when
/// another writer is open, Error(kResource).
[[nodiscard]] WriterLock lock_catalog(const std::filesystem::path& file);

}  // namespace changeling

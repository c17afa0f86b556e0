#include "catalog/store/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>
#include <sys/vfs.h>

#include "common/base/disk_refusal.h"
#include "common/base/shortage.h"

namespace changeling {
namespace {

constexpr int kBusyTimeoutMs = 5000;

int open_flags(Access access) {
  switch (access) {
    case Access::kCreate:
      return SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;
    case Access::kWrite:
      return SQLite::OPEN_READWRITE;
    case Access::kRead:
      break;
  }
  return SQLite::OPEN_READONLY;
}

/// What the user can do about an SQLite result code; empty when the text says it all.
std::string_view remedy(int primary_code) {
  switch (primary_code) {
    case SQLITE_FULL:
      return "; free disk space and run again";
    case SQLITE_IOERR:
      return "; check the disk and its free space, then run again";
    case SQLITE_NOMEM:
      return "; free memory and run again";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; another process holds the file: wait for it to end";
    case SQLITE_CORRUPT:
      return "; the file is damaged: restore a backup";
    case SQLITE_NOTADB:
      return ": it is no catalog; give another --catalog";
    case SQLITE_READONLY:
      return "; the file and its folder must be writable, the folder even to read (SQLite shares "
             "memory there)";
    case SQLITE_CANTOPEN:
      return "; check that the folder exists and is writable";
    default:
      return "";
  }
}

/// `os_error`: errno of the call that failed below SQLite, where the code is of one.
[[noreturn]] void throw_sqlite_error(const SQLite::Exception& exception,
                                     const std::filesystem::path& file, int os_error = 0) {
  const int code = exception.getErrorCode() < 0 ? -1 : exception.getErrorCode() & 0xff;
  const std::string message = "catalog '" + file.string() + "': " + exception.what();
  if (code == SQLITE_FULL) {
    throw DiskRefusal(message + std::string(remedy(code)));
  }
  const bool is_of_system = code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
  if (is_of_system && is_disk_refusal(os_error)) {  // a quota, the memory that readers share
    throw DiskRefusal(message + ": " + std::strerror(os_error) +
                      std::string(remedy(os_error == EROFS ? SQLITE_READONLY : SQLITE_FULL)));
  }
  if (is_of_system && lacks_descriptors(os_error)) {
    throw DescriptorShortage(message + ": " + std::strerror(os_error));
  }
  const bool is_resource =
      code == SQLITE_IOERR || code == SQLITE_NOMEM || (is_of_system && is_shortage(os_error));
  throw Error(is_resource ? ErrorKind::kResource : ErrorKind::kCatalog,
              message + std::string(remedy(code)));
}

std::unique_ptr<SQLite::Database> open_file(const std::filesystem::path& file, Access access) {
  try {
    return std::make_unique<SQLite::Database>(file.string(), open_flags(access), kBusyTimeoutMs);
  } catch (const SQLite::Exception& exception) {
    const int os_error = errno;  // of SQLite's last call, if it was one
    throw_sqlite_error(exception, file, lacks_descriptors(os_error) ? os_error : 0);
  }
}

}  // namespace

struct Connection::Cached {
  Cached(const SQLite::Database& db, const char* sql) : statement(db, sql) {}

  SQLite::Statement statement;
  bool busy = false;
};

Connection::Connection(const std::filesystem::path& file, Access access)
    : file_(file), db_(open_file(file, access)) {
  configure(access);
}

Connection::~Connection() = default;

void Connection::configure(Access access) {
  sqlite3* handle = db_->getHandle();
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  exec(
      "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON; PRAGMA trusted_schema=OFF;"
      "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;"
      "PRAGMA mmap_size=0; PRAGMA synchronous=FULL");
  if (access == Access::kRead) {
    // A reader must never checkpoint, not even as the last one to close (README, "WAL race").
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    exec("PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0");
  }
}

void Connection::fail(const SQLite::Exception& exception) const {
  throw_sqlite_error(exception, file_, sqlite3_system_errno(db_->getHandle()));
}

void Connection::exec(const std::string& sql) {
  try {
    db_->exec(sql);
  } catch (const SQLite::Exception& exception) {
    fail(exception);
  }
}

void Connection::try_exec(const char* sql) noexcept {
  db_->tryExec(sql);
}

std::int64_t Connection::last_insert_id() const {
  return db_->getLastInsertRowid();
}

std::int64_t Connection::get_int(const std::string& sql) {
  try {
    return db_->execAndGet(sql).getInt64();
  } catch (const SQLite::Exception& exception) {
    fail(exception);
  }
}

std::string Connection::get_text(const std::string& sql) {
  try {
    return db_->execAndGet(sql).getString();
  } catch (const SQLite::Exception& exception) {
    fail(exception);
  }
}

void Connection::check_is_catalog() {
  if (get_int("PRAGMA application_id") != kApplicationId) {
    throw Error(ErrorKind::kCatalog, "'" + file_.string() +
                                         "' is not a catalog: it is a database of another "
                                         "program; give another --catalog");
  }
}

int Connection::schema_version() {
  return static_cast<int>(get_int("PRAGMA user_version"));
}

Query::Query(Connection& connection, const char* sql) : connection_(connection) {
  try {
    auto found = connection.statements_.find(std::string_view(sql));
    if (found == connection.statements_.end()) {
      auto made = std::make_unique<Connection::Cached>(*connection.db_, sql);
      found = connection.statements_.emplace(sql, std::move(made)).first;
    }
    const std::unique_ptr<Connection::Cached>& slot = found->second;
    if (slot->busy) {
      own_ = std::make_unique<Connection::Cached>(*connection.db_, sql);
      statement_ = &own_->statement;
      return;
    }
    slot->busy = true;
    cached_ = slot.get();
    statement_ = &cached_->statement;
  } catch (const SQLite::Exception& exception) {
    connection.fail(exception);
  }
}

Query::~Query() {
  if (cached_ != nullptr) {
    cached_->statement.tryReset();
    cached_->busy = false;
  }
}

void Query::rewind() {
  statement_->tryReset();
}

bool Query::next() {
  try {
    return statement_->executeStep();
  } catch (const SQLite::Exception& exception) {
    connection_.fail(exception);
  }
}

std::int64_t Query::finish() {
  while (next()) {}
  const std::int64_t changes = connection_.db_->getChanges();
  statement_->tryReset();
  return changes;
}

void Query::put_null(int index) {
  statement_->bind(index);
}

void Query::put_int(int index, std::int64_t value) {
  statement_->bind(index, value);
}

void Query::put_double(int index, double value) {
  statement_->bind(index, value);
}

void Query::put_text(int index, std::string_view value) {
  statement_->bind(index, std::string(value));
}

void Query::put_blob(int index, const void* data, std::size_t size) {
  statement_->bind(index, data, static_cast<int>(size));
}

bool Query::is_null(int index) const {
  return statement_->isColumnNull(index);
}

std::int64_t Query::get_int(int index) const {
  return statement_->getColumn(index).getInt64();
}

double Query::get_double(int index) const {
  return statement_->getColumn(index).getDouble();
}

std::string Query::get_text(int index) const {
  return statement_->getColumn(index).getString();
}

Digest Query::get_digest(int index) const {
  const SQLite::Column column = statement_->getColumn(index);
  Digest digest;
  const void* data = column.getBlob();
  if (data == nullptr || column.getBytes() != static_cast<int>(digest.bytes.size())) {
    throw Error(ErrorKind::kCatalog, "catalog '" + connection_.file().string() +
                                         "': a digest is not 32 bytes; restore a backup");
  }
  std::memcpy(digest.bytes.data(), data, digest.bytes.size());
  return digest;
}

bool is_network_file_system(std::int64_t file_system_type) {
  // Magic numbers of linux/magic.h and the file systems' own sources.
  constexpr std::array<std::int64_t, 14> kNetwork = {
      0x6969,      // NFS
      0x517B,      // SMB
      0xFF534D42,  // CIFS
      0xFE534D42,  // SMB2
      0x5346414F,  // AFS
      0x6B414653,  // kAFS
      0x73757245,  // Coda
      0x564C,      // NCP
      0x01021997,  // 9P
      0x00C36400,  // Ceph
      0x0BD00BD0,  // Lustre
      0x47504653,  // GPFS
      0x20030528,  // OrangeFS
      0x013111A8,  // IBRIX
  };
  // f_type is sign-extended on some kernels: compare 32 bits.
  return std::find(kNetwork.begin(), kNetwork.end(), file_system_type & 0xFFFFFFFF) !=
         kNetwork.end();
}

void refuse_network_file_system(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";

  struct statfs info {};

  if (::statfs(folder.c_str(), &info) == 0 &&
      is_network_file_system(static_cast<std::int64_t>(info.f_type))) {
    throw Error(ErrorKind::kCatalog,
                "catalog '" + file.string() +
                    "' lies on a network file system, where SQLite can lose data: "
                    "put it on a local disk (--catalog)");
  }
}

WriterLock lock_catalog(const std::filesystem::path& file) {
  refuse_network_file_system(file);
  return WriterLock(file, "catalog", ErrorKind::kCatalog);
}

}  // namespace changeling

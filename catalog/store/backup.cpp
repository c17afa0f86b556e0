#include "catalog/store/backup.h"

#include <cerrno>
#include <cstring>

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "common/base/atomic_file.h"
#include "common/base/disk_refusal.h"

namespace changeling {
namespace {

void remove_database(const std::filesystem::path& file) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    std::filesystem::remove(file.string() + suffix, ignored);
  }
}

/// SQLite does not say why it cannot make a file.
void make_file(const std::filesystem::path& part, const std::filesystem::path& to) {
  const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) {
    const int error = errno;
    throw_unwritten("cannot write the backup '" + to.string() + "': " + std::strerror(error),
                    error);
  }
  ::close(fd);
}

/// Of the two files only the catalog's is read: the copy is new, and all of it that is written. Nor
/// has a copy a memory that readers share.
bool is_of_source(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return true;
    case SQLITE_IOERR:
      return code == SQLITE_IOERR_READ || code == SQLITE_IOERR_SHORT_READ ||
             code == SQLITE_IOERR_CORRUPTFS || code == SQLITE_IOERR_SHMOPEN ||
             code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_SHMLOCK ||
             code == SQLITE_IOERR_SHMMAP;
    default:
      return false;
  }
}

// Not VACUUM INTO: SQLite 3.40 refuses it for tables with generated columns on a read-only
// connection, and readers make backups too.
void copy_into(Connection& connection, const std::filesystem::path& part) {
  const bool is_wal = connection.get_text("PRAGMA journal_mode") == "wal";
  Connection copy(part, Access::kWrite);
  try {
    const int code = SQLite::Backup(copy.db(), connection.db()).executeStep(-1);
    if (code != SQLITE_DONE) {  // busy or locked, which it does not throw
      connection.fail(SQLite::Exception(sqlite3_errstr(code), code));
    }
  } catch (const SQLite::Exception& exception) {
    (is_of_source(exception.getErrorCode()) ? connection : copy).fail(exception);
  }
  copy.exec(is_wal ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE");
}

}  // namespace

void write_backup(Connection& connection, const std::filesystem::path& to) {
  if (std::filesystem::exists(to)) {
    throw Error(ErrorKind::kInput, "'" + to.string() + "' exists: name a new file for the backup");
  }
  const std::filesystem::path folder = to.has_parent_path() ? to.parent_path() : ".";
  if (!std::filesystem::is_directory(folder)) {
    throw Error(ErrorKind::kInput, "cannot write the backup '" + to.string() + "': no folder '" +
                                       folder.string() + "'");
  }
  const std::filesystem::path part = to.string() + ".part";
  remove_database(part);
  make_file(part, to);
  try {
    copy_into(connection, part);
    publish_file(part, to);
  } catch (const Error&) {
    remove_database(part);
    throw;
  }
}

void require_catalog_file(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    throw Error(ErrorKind::kInput,
                "no catalog '" + file.string() + "': make one with 'changeling catalog init'");
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw Error(
        ErrorKind::kCatalog,
        "'" + file.string() + "' is not a catalog: it is not a file; give another --catalog");
  }
  if (std::filesystem::file_size(file, error) == 0) {
    throw Error(ErrorKind::kCatalog, "'" + file.string() +
                                         "' is not a catalog: the file is empty; remove it and run "
                                         "'changeling catalog init', or restore a backup");
  }
}

Error newer_schema_error(const std::filesystem::path& file, int found, int newest) {
  return {ErrorKind::kCatalog, "catalog '" + file.string() + "' has schema " +
                                   std::to_string(found) + ", this program knows up to " +
                                   std::to_string(newest) + ": use a newer program to write to it"};
}

}  // namespace changeling

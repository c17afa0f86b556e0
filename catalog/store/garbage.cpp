#include "catalog/store/garbage.h"

#include <algorithm>
#include <set>
#include <string>
#include <system_error>

#include <sys/stat.h>

#include "catalog/store/audit_log.h"
#include "catalog/store/catalog_folder.h"
#include "catalog/store/clock.h"
#include "catalog/store/connection.h"
#include "common/base/error.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// By any catalog of the folder: a backup may be put back, and a folder that two catalogs share,
/// as programs before this one allowed, must not lose what the other one made.
std::set<Digest> named_blobs(Database& database) {
  std::set<Digest> names;
  add_named_blobs(database.connection(), names);
  for (const fs::path& other : catalogs_beside(database.path())) {
    Connection connection(other, Access::kRead);
    add_named_blobs(connection, names);
  }
  return names;
}

/// Microseconds since 1970 of the last change; the newest possible time for a file that is gone.
std::int64_t changed_us(const fs::path& file) {
  struct stat info {};

  if (::stat(file.c_str(), &info) != 0) {
    return INT64_MAX;
  }
  return std::int64_t{info.st_mtim.tv_sec} * 1000000 + info.st_mtim.tv_nsec / 1000;
}

bool is_blob_name(const std::string& name) {
  return name.size() == 64 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; at != end; at.increment(error)) {
    if (at->is_regular_file(error)) {
      files.push_back(at->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

GarbageReport find_garbage(Database& database, const BlobStore& blobs, std::int64_t grace_us) {
  GarbageReport report;
  const std::set<Digest> named = named_blobs(database);
  const std::int64_t newest_us = now_us() - grace_us;
  for (const fs::path& file : files_below(blobs.root())) {
    const std::string name = file.filename().string();
    if (file.parent_path() == blobs.root() / "staging") {
      report.leftovers.push_back(file);
    } else if (is_blob_name(name) && file == blobs.path(Digest::from_hex(name)) &&
               named.count(Digest::from_hex(name)) == 0 && changed_us(file) <= newest_us) {
      report.orphans.push_back(file);
    } else {
      continue;
    }
    report.bytes += static_cast<std::int64_t>(fs::file_size(file));
  }
  return report;
}

void remove_files(const std::vector<fs::path>& files) {
  for (const fs::path& file : files) {
    std::error_code error;
    fs::remove(file, error);
    if (error) {
      throw Error(ErrorKind::kResource,
                  "cannot remove '" + file.string() + "': " + error.message());
    }
  }
}

}  // namespace

GarbageReport collect_garbage(Database& database, const BlobStore& blobs, std::int64_t grace_us,
                              bool dry_run) {
  CHANGELING_REQUIRE(dry_run || database.is_writer(), "gc needs the writer lock");
  const std::vector<WriterLock> locks =
      dry_run ? std::vector<WriterLock>() : lock_catalogs_beside(database.path());
  GarbageReport report = find_garbage(database, blobs, grace_us);
  if (dry_run || (report.orphans.empty() && report.leftovers.empty())) {
    return report;
  }
  AuditLog(database).append("changeling", "gc", "objects",
                            "{\"bytes\":" + std::to_string(report.bytes) +
                                ",\"leftovers\":" + std::to_string(report.leftovers.size()) +
                                ",\"orphans\":" + std::to_string(report.orphans.size()) + "}");
  remove_files(report.orphans);
  remove_files(report.leftovers);
  return report;
}

}  // namespace changeling

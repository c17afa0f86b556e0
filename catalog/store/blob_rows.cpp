#include "catalog/store/blob_rows.h"

#include <filesystem>
#include <system_error>

#include "catalog/store/clock.h"
#include "common/base/error.h"

namespace changeling {

void add_blob(Connection& connection, const BlobRow& blob) {
  Query(connection,
        "INSERT INTO blob(sha256,bytes,media_type,state,created_at) VALUES(?,?,?,?,?) "
        "ON CONFLICT(sha256) DO UPDATE SET state='present' "
        "WHERE excluded.state='present' AND blob.state<>'present'")
      .run(blob.sha256, blob.bytes, blob.media_type, blob.state, now_iso8601());
}

std::set<Digest> purged_blobs(Connection& connection) {
  std::set<Digest> purged;
  Query query(connection, "SELECT sha256 FROM blob WHERE state='purged'");
  while (query.next()) {
    Digest digest;
    query.read(digest);
    purged.insert(digest);
  }
  return purged;
}

FileCount count_files(const BlobStore& blobs, const std::set<Digest>& digests) {
  FileCount count;
  for (const Digest& digest : digests) {
    std::error_code absent;
    const auto bytes = std::filesystem::file_size(blobs.path(digest), absent);
    if (!absent) {
      ++count.files;
      count.bytes += static_cast<std::int64_t>(bytes);
    }
  }
  return count;
}

FileCount remove_purged_files(Connection& connection, const BlobStore& blobs) {
  const std::set<Digest> purged = purged_blobs(connection);
  const FileCount count = count_files(blobs, purged);
  for (const Digest& digest : purged) {
    std::error_code failed;
    std::filesystem::remove(blobs.path(digest), failed);
    if (failed) {
      throw Error(ErrorKind::kResource, "cannot remove '" + blobs.path(digest).string() +
                                            "': " + failed.message() + " (run it again)");
    }
  }
  return count;
}

}  // namespace changeling

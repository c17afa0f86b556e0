#include "catalog/store/purged_files.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "catalog/store/catalog_folder.h"
#include "catalog/store/connection.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pruned_runs.h"
#include "catalog/store/read_set.h"
#include "catalog/store/tombstone.h"
#include "common/base/error.h"
#include "common/base/log.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// Every artifact of a blob: whether its run was pruned, and what it was made of. Of footage that
/// was made here by earlier programs nobody knows whom it shows; a control may have the very
/// packets of its target, which is no copy of it.
const std::string kOrigins =
    "SELECT coalesce(j.run_id IN(" + std::string(kPrunedRunIds) +
    "),0),EXISTS(SELECT 1 FROM subject WHERE subject_id IN(p.source_subject,p.target_subject) "
    "AND " +
    std::string(kIsErased) +
    ") OR EXISTS(SELECT 1 FROM media m JOIN artifact o ON "
    "o.sha256=m.sha256 OR o.stream_sha256=m.stream_sha256 JOIN job k ON k.job_id=o.job_id JOIN "
    "pair q ON q.pair_id=k.pair_id JOIN media g ON g.media_id=q.target_media WHERE m.media_id "
    "IN(p.source_media,p.target_media) AND m.stream_sha256 IS NOT g.stream_sha256),"
    "p.source_media,p.target_media FROM artifact a LEFT JOIN job j USING(job_id) LEFT JOIN pair p "
    "USING(pair_id) WHERE a.sha256=?";

/// Whether nothing but a pruning can have taken the blob. Those of analyses have no artifact.
bool is_pruned(Connection& sql, const Digest& digest, const std::set<MediaId>& erased) {
  Query query(sql, kOrigins.c_str());
  query.bind(digest);
  bool is_artifact = false;
  while (query.next()) {
    bool is_of_pruned_run = false, is_of_erased = false;
    std::optional<MediaId> source, target;
    query.read(is_of_pruned_run, is_of_erased, source, target);
    if (!is_of_pruned_run || is_of_erased || !source || !target ||
        erased.count(*source) + erased.count(*target) > 0) {
      return false;
    }
    is_artifact = true;
  }
  return is_artifact;
}

std::set<Digest> purged_blobs_with_files(Connection& sql, const BlobStore& blobs) {
  std::set<Digest> purged = read_set<Digest>(sql, "SELECT sha256 FROM blob WHERE state='purged'");
  for (auto at = purged.begin(); at != purged.end();) {
    at = blobs.contains(*at) ? std::next(at) : purged.erase(at);
  }
  return purged;
}

/// Those of the pruned blobs that one of the catalogs has made since; all where one cannot be read:
/// an erasure, whose files go in any case, does not wait for it.
std::set<Digest> needed_in(const std::vector<fs::path>& others, const std::set<Digest>& pruned) {
  std::set<Digest> present;
  try {
    for (auto other = others.begin(); !pruned.empty() && other != others.end(); ++other) {
      Connection connection(*other, Access::kRead);
      add_present_blobs(connection, present);
    }
  } catch (const Error& error) {
    log_warn("pruned_files_stay",
             {{"files", std::to_string(pruned.size())}, {"error", error.what()}});
    return pruned;
  }
  std::set<Digest> needed;
  std::set_intersection(pruned.begin(), pruned.end(), present.begin(), present.end(),
                        std::inserter(needed, needed.end()));
  return needed;
}

}  // namespace

std::set<Digest> files_to_remove(Database& database, const BlobStore& blobs) {
  Connection& sql = database.connection();
  std::set<Digest> purged = purged_blobs_with_files(sql, blobs);
  const std::vector<fs::path> others = written_catalogs_beside(database.path());
  std::set<Digest> pruned;
  if (!others.empty() && !purged.empty()) {
    const std::set<MediaId> erased = CorpusStore(database).erased_media();
    for (const Digest& digest : purged) {
      if (is_pruned(sql, digest, erased)) {
        pruned.insert(digest);
      }
    }
  }
  for (const Digest& digest : needed_in(others, pruned)) {
    purged.erase(digest);
  }
  return purged;
}

FileCount count_files(const BlobStore& blobs, const std::set<Digest>& digests) {
  FileCount count;
  for (const Digest& digest : digests) {
    std::error_code absent;
    const auto bytes = fs::file_size(blobs.path(digest), absent);
    if (!absent) {
      ++count.files;
      count.bytes += static_cast<std::int64_t>(bytes);
    }
  }
  return count;
}

FileCount remove_purged_files(Database& database, const BlobStore& blobs) {
  const std::set<Digest> going = files_to_remove(database, blobs);
  const FileCount count = count_files(blobs, going);
  for (const Digest& digest : going) {
    std::error_code failed;
    fs::remove(blobs.path(digest), failed);
    if (failed) {
      throw Error(ErrorKind::kResource, "cannot remove '" + blobs.path(digest).string() +
                                            "': " + failed.message() + " (run it again)");
    }
  }
  return count;
}

}  // namespace changeling

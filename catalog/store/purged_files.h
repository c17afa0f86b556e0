// catalog/store/purged_files.h: files that are to go, by an erasure or a pruning. Layer 1.
#pragma once

#include <cstdint>
#include <set>

#include "catalog/store/blob_store.h"
#include "catalog/store/database.h"

namespace changeling {

struct FileCount {
  std::int64_t files = 0, bytes = 0;
};

/// Blobs whose row is `purged` and whose file is there. Less those that were pruned, not erased,
/// and are `present` in another written catalog of the folder, which has made them since: a pruning
/// frees what this catalog needs no more, an erasure takes what shows a person from all of them (a
/// withdrawal takes nothing). Where rows do not tell the two apart, the file goes; where such a
/// catalog cannot be read, pruned files stay for a later call and the log says so.
[[nodiscard]] std::set<Digest> files_to_remove(Database& database, const BlobStore& blobs);

/// Those that lie in the objects folder.
[[nodiscard]] FileCount count_files(const BlobStore& blobs, const std::set<Digest>& digests);

/// Removes files_to_remove(), also what a call that was killed left there; how many there were.
/// Rows come first, so that no row ever promises a file that is gone on purpose. Throws
/// Error(kResource) for a file that cannot be removed.
FileCount remove_purged_files(Database& database, const BlobStore& blobs);

}  // namespace changeling

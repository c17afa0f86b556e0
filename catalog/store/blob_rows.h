// catalog/store/blob_rows.h: rows of table `blob`. Layer 1, internal to the store.
#pragma once

#include <cstdint>
#include <set>

#include "catalog/store/blob_store.h"
#include "catalog/store/connection.h"
#include "catalog/store/records.h"

namespace changeling {

/// Adds the row of a durable blob. An existing row keeps its values, except that a blob that is now
/// present in the objects folder becomes `present` whatever it was.
void add_blob(Connection& connection, const BlobRow& blob);

struct FileCount {
  std::int64_t files = 0, bytes = 0;
};

/// Blobs whose row is `purged`: by an erasure or a pruning.
[[nodiscard]] std::set<Digest> purged_blobs(Connection& connection);

/// Those of them that lie in the objects folder.
[[nodiscard]] FileCount count_files(const BlobStore& blobs, const std::set<Digest>& digests);

/// Removes the file of every purged blob, also what a call that was killed left there; how many
/// there were. Rows come first, so that no row ever promises a file that is gone on purpose. Throws
/// Error(kResource) for a file that cannot be removed.
FileCount remove_purged_files(Connection& connection, const BlobStore& blobs);

}  // namespace changeling

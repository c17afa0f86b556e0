// catalog/store/garbage.h: removes files that no row names. Layer 1.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/database.h"

namespace changeling {

struct GarbageReport {
  std::vector<std::filesystem::path> orphans;  ///< blobs without a row, older than the grace period
  std::vector<std::filesystem::path> leftovers;  ///< unfinished files in the staging folder
  std::int64_t bytes = 0;                        ///< of both together
};

/// Finds and, unless `dry_run`, removes both kinds; a removal is written to the audit log. Rows are
/// never touched; a row of any catalog in the folder counts, also of a backup. `database` must be a
/// writer unless `dry_run`: its lock means that nothing in staging is still being written.
/// `grace_us` protects blobs whose row may still come. Throws Error(kResource) when a file cannot
/// be removed, Error(kCatalog) when another catalog of the folder cannot be read or, unless
/// `dry_run`, has a writer.
[[nodiscard]] GarbageReport collect_garbage(Database& database, const BlobStore& blobs,
                                            std::int64_t grace_us, bool dry_run);

}  // namespace changeling

// catalog/store/pruning.h: frees the files of a suite's old runs; their numbers stay. Layer 1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/database.h"
#include "catalog/store/purged_files.h"

namespace changeling {

struct PruneRequest {
  std::string suite;
  std::int64_t keep_runs = 1;  ///< newest generate runs of the suite that keep their files; > 0
  bool frame_scores = false;   ///< also forget what each frame scored; clip rows stay
  std::string by;              ///< who asks for it: goes into the audit log
  bool dry_run = false;
};

/// What one run loses by this call.
struct PrunedRun {
  std::string run_id;
  std::string started_at;
  std::int64_t files = 0, bytes = 0, frame_scores = 0;
};

struct PruneReport {
  std::vector<PrunedRun> runs;      ///< that lose something, the oldest first
  std::int64_t kept_baselines = 0;  ///< older runs that are or were the baseline of a suite
  std::int64_t kept_jobs = 0;       ///< of older runs, with a clip in a data set: their files stay
  std::int64_t shared_files = 0;    ///< of older runs, needed by something else: these stay
  FileCount removed;  ///< or to be removed; with what an interrupted call or erasure left
};

/// Frees what the jobs of all but the newest `keep_runs` generate runs of the suite left,
/// renditions among it. Runs without a finished job do not count; one that was stopped and never
/// gone on with does. Baselines of any suite lose nothing, nor does a job with a clip in a data set
/// version. A blob goes only where every artifact that names it does and no medium, analysis,
/// track, model or other catalog of the folder needs it; backups do not count. One transaction
/// marks the blobs `purged` and writes an audit row "prune", "run <id>" for each run; then the
/// files go. Killed at any moment, the next call of any suite ends it. All other rows stay. Throws
/// Error(kConfig) for a suite without a run, Error(kResource) for a file that cannot be removed,
/// Error(kCatalog) when another catalog of the folder has a writer.
[[nodiscard]] PruneReport prune_runs(Database& database, const BlobStore& blobs,
                                     const PruneRequest& request);

}  // namespace changeling

// tests/support/pruned_run.h: a run that lost its files as by `catalog prune`, without others to
// keep.
#pragma once

#include <string>

#include "catalog/store/audit_log.h"
#include "catalog/store/blob_store.h"
#include "catalog/store/connection.h"
#include "catalog/store/run_store.h"

namespace changeling {

/// Marks the files of all jobs of a run, removes them and writes the audit row, by "ann".
inline void prune_run(Database& database, const std::string& run_id) {
  BlobStore blobs(objects_folder(database.path()));
  const RunStore runs(database);
  for (const JobRow& job : runs.jobs(run_id)) {
    for (const ArtifactRow& row : runs.artifacts_with_renditions(job.id)) {
      Query(database.connection(), "UPDATE blob SET state='purged' WHERE sha256=?").run(row.sha256);
      blobs.discard(row.sha256);
    }
  }
  AuditLog(database).append("ann", "prune", "run " + run_id, "{}");
}

}  // namespace changeling

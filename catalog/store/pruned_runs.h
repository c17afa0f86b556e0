// catalog/store/pruned_runs.h: which runs lost their files on purpose, and what to say where these
// are asked for. Layer 1. How it comes about: pruning.h.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "catalog/store/database.h"
#include "common/base/ids.h"

namespace changeling {

/// A pruning's row of the audit log; the newest where a run has several.
struct Pruning {
  std::string at;  ///< ISO-8601
  std::string by;  ///< who asked for it
};

/// Ids of runs that were pruned, as SQL without parameters.
inline constexpr const char* kPrunedRunIds =
    "SELECT substr(subject,5) FROM audit_log WHERE action='prune'";

/// nullopt where nothing of the run was pruned.
[[nodiscard]] std::optional<Pruning> find_pruning(const Database& database,
                                                  std::string_view run_id);

/// Jobs of pruned runs that lack a file. Files that something else needs stay, so a run may be
/// pruned in part.
[[nodiscard]] std::set<JobId> pruned_jobs(const Database& database);

/// Whether a job of the run is among pruned_jobs(). One that only lost scores of frames lacks none.
[[nodiscard]] bool lacks_pruned_files(const Database& database, std::string_view run_id);

/// Throws Error(kConfig), saying when and by whom, where the run lacks pruned files.
void require_unpruned(const Database& database, std::string_view run_id);

/// Throws Error(kCatalog) where a file that the job left itself is gone on purpose: pruned (when,
/// by whom) or erased with a person. Whether the others are there shows when they are read.
void require_files(const Database& database, JobId job);

}  // namespace changeling

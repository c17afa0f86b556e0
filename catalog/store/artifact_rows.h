// catalog/store/artifact_rows.h: how an artifact row is read, once for every store. Layer 1; only
// the sources of catalog/store use it.
#pragma once

#include <string>
#include <vector>

#include "catalog/store/connection.h"
#include "catalog/store/records.h"

namespace changeling {

/// "SELECT ... FROM artifact a " in the order that read_artifacts expects.
inline const std::string kSelectArtifact =
    "SELECT a.artifact_id,a.job_id,a.media_id,a.profile,a.kind,a.label,a.sha256,a.stream_sha256,"
    "a.n_frames,a.manipulated_frames FROM artifact a ";

/// Holds for what a job or corpus left itself: artifacts of a profile without renditions.
inline const std::string kNoRendition =
    "NOT EXISTS(SELECT 1 FROM rendition x JOIN artifact y ON y.artifact_id=x.artifact_id "
    "WHERE y.job_id=a.job_id AND y.profile=a.profile)";

/// The remaining rows of a query that begins with kSelectArtifact.
inline std::vector<ArtifactRow> read_artifacts(Query& query) {
  std::vector<ArtifactRow> rows;
  while (query.next()) {
    ArtifactRow& row = rows.emplace_back();
    query.read(row.id, row.job_id, row.media_id, row.profile, row.kind, row.label, row.sha256,
               row.stream_sha256, row.n_frames, row.manipulated_frames);
  }
  return rows;
}

}  // namespace changeling

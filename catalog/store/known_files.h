// catalog/store/known_files.h: rows that a file belongs to, whatever it is called. Layer 1.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// A file that a job made, or one of a corpus.
struct KnownFile {
  std::optional<ArtifactId> artifact;  ///< made by a job; this and the next eight
  std::optional<JobId> job;
  std::optional<PairId> pair;
  std::optional<Digest> job_key;
  std::string run_id, method, pair_list, part, profile;
  std::optional<MediaId> media;  ///< of a corpus; this and the next two
  std::string corpus;            ///< name@version
  std::string rel_path;
  std::string kind;        ///< of the artifact, or the medium's: video, frame_seq, image
  std::string label;       ///< fake, real_control, real; empty: a mask or sidecar
  std::string blob_state;  ///< present, purged, ...; of corpus files external, as a rule
  std::string pruned_at;   ///< ISO-8601; empty: not by a pruning of its run (pruned_runs.h)
};

/// Files of these bytes: artifacts of jobs, then media.
[[nodiscard]] std::vector<KnownFile> known_by_bytes(Database& database, const Digest& sha256);

/// Files with these video packets.
[[nodiscard]] std::vector<KnownFile> known_by_stream(Database& database,
                                                     const Digest& stream_sha256);

/// What the jobs with this key left under this label; masks and sidecars are not among it.
[[nodiscard]] std::vector<KnownFile> known_by_job(Database& database, const Digest& job_key,
                                                  const std::string& label);

}  // namespace changeling

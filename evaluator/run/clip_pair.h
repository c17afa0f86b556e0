// evaluator/run/clip_pair.h: one fake with everything it is compared with, found through the
// catalog. Layer 6. One thread per object, that of its Database.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "common/face/face_types.h"

namespace changeling {

/// A person in a stretch of a corpus video, both frames included.
struct PersonClip {
  MediaId media_id;
  SubjectId subject_id;
  std::filesystem::path file;
  FaceTrack track;  ///< the face that the generator chose, frames counted in the file
  std::int64_t first_frame = 0;
  std::int64_t last_frame = 0;
};

/// Frame i of `fake_file`, `control_file` and `alpha_file` belongs to frame target.first_frame + i
/// of target.file.
struct ClipPair {
  ArtifactId artifact_id;
  PersonClip source;
  PersonClip target;
  std::filesystem::path fake_file;
  std::filesystem::path control_file;  ///< the target through the fake's codec chain, no swap
  std::filesystem::path alpha_file;
  std::int64_t n_frames = 0;
  std::int64_t n_swapped_frames = 0;
};

/// Opens the fakes of one generate run.
class ClipPairs {
 public:
  /// Throws Error(kConfig) or Error(kInput) when the root of a corpus in use is not on this
  /// machine: such a gap would turn every clip of the run into an undecodable one.
  ClipPairs(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
            std::string_view generate_run);

  /// Throws Error(kCatalog): a blob is missing or damaged; Error(kInput): a corpus file is missing
  /// or not the one that was probed; Error(kConfig): the face analysis behind the fake is no longer
  /// cached.
  [[nodiscard]] ClipPair open(const ArtifactRow& fake);

  /// The pair behind an artifact's job, and the method that the job asked for.
  [[nodiscard]] const PairRow& pair(JobId job) const;
  [[nodiscard]] const std::string& method(JobId job) const;

  /// Fakes of the run, by artifact.
  [[nodiscard]] const std::vector<ArtifactRow>& fakes() const { return fakes_; }

 private:
  [[nodiscard]] std::filesystem::path blob_file(JobId job, std::string_view kind) const;
  [[nodiscard]] std::filesystem::path media_file(const MediaRow& media);
  [[nodiscard]] PersonClip person(const Sidecar& sidecar, const std::string& role, MediaId media,
                                  SubjectId subject);
  [[nodiscard]] FaceTrack chosen_track(const MediaRow& media, SubjectId subject,
                                       std::int64_t n_frames) const;

  CorpusStore corpora_;
  RunStore runs_;
  const BlobStore& blobs_;
  const CorpusRoots& roots_;
  std::vector<ArtifactRow> artifacts_;
  std::vector<ArtifactRow> fakes_;

  struct Work {
    PairRow pair;
    std::string method;
  };

  [[nodiscard]] const Work& work(JobId job) const;

  std::map<JobId, Work> work_;
  std::map<MediaId, std::filesystem::path>
      checked_files_;  // a source serves many fakes: hashed once
};

}  // namespace changeling

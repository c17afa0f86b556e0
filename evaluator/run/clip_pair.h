// evaluator/run/clip_pair.h: one fake with everything it is compared with, found through the
// catalog. Layer 6. One thread per object, that of its Database.
// Fakes of a corpus: corpus_fakes.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
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
/// of target.file. Of a corpus's fake an empty path says that nobody knows that file; without a
/// target's file target.track is the fake's own.
struct ClipPair {
  ArtifactId artifact_id;
  PersonClip source;
  PersonClip target;
  std::filesystem::path fake_file;
  std::filesystem::path control_file;  ///< the target through the fake's codec chain, no swap
  std::filesystem::path alpha_file;
  /// Of the control's packets, where known: fakes of one target share its pictures, not its file.
  std::optional<Digest> control_stream;
  std::int64_t n_frames = 0;
  std::int64_t n_swapped_frames = 0;
};

/// What the catalog says of a fake.
struct FakeFacts {
  std::string method;  ///< that the job asked for, or of the corpus's fake
  MediaId target_media;
  SubjectId source_subject, target_subject;  ///< unset = unknown
  std::optional<PairId> pair;                ///< of a job
  bool is_partial = false;                   ///< its job left out frames on purpose, or may have
};

/// Fakes that are evaluated together.
class FakeSet {
 public:
  virtual ~FakeSet() = default;

  /// Throws Error(kCatalog): a blob is missing or damaged; Error(kInput): a corpus file is missing
  /// or not the one that was probed; Error(kConfig): the face analysis behind the fake is no longer
  /// cached.
  [[nodiscard]] virtual ClipPair open(const ArtifactRow& fake) = 0;

  /// Of one of the fakes.
  [[nodiscard]] virtual const FakeFacts& facts(ArtifactId fake) const = 0;

  /// By artifact.
  [[nodiscard]] virtual const std::vector<ArtifactRow>& fakes() const = 0;
};

/// The fakes of one generate run.
class ClipPairs : public FakeSet {
 public:
  /// Throws Error(kConfig) or Error(kInput) when the root of a corpus in use is not on this
  /// machine: such a gap would turn every clip of the run into an undecodable one.
  ClipPairs(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
            std::string_view generate_run);

  [[nodiscard]] ClipPair open(const ArtifactRow& fake) override;
  [[nodiscard]] const FakeFacts& facts(ArtifactId fake) const override;

  [[nodiscard]] const std::vector<ArtifactRow>& fakes() const override { return fakes_; }

 private:
  [[nodiscard]] const ArtifactRow& artifact(JobId job, std::string_view kind) const;
  [[nodiscard]] std::filesystem::path blob_file(JobId job, std::string_view kind) const;
  [[nodiscard]] std::filesystem::path media_file(const MediaRow& media);
  [[nodiscard]] PersonClip person(const Sidecar& sidecar, const std::string& role, MediaId media,
                                  SubjectId subject, const std::optional<TrackRow>& noted);
  /// The track that the job noted, else the one that a swap of so many analysed frames would choose
  /// now, as for fakes of earlier programs.
  [[nodiscard]] FaceTrack chosen_track(const MediaRow& media, SubjectId subject,
                                       std::int64_t n_frames,
                                       const std::optional<TrackRow>& noted) const;

  CorpusStore corpora_;
  RunStore runs_;
  const BlobStore& blobs_;
  const CorpusRoots& roots_;
  std::vector<ArtifactRow> artifacts_;
  std::vector<ArtifactRow> fakes_;

  std::map<JobId, PairRow> pairs_;
  std::map<ArtifactId, FakeFacts> facts_;
  std::map<MediaId, std::filesystem::path>
      checked_files_;  // a source serves many fakes: hashed once
};

}  // namespace changeling

// evaluator/run/corpus_fakes.h: the fakes that a corpus ships, with what is known of them. Layer 6.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/clips/cached_analyses.h"
#include "evaluator/run/clip_pair.h"

namespace changeling {

/// Of a corpus's fake neither mask, control nor swapped frames are known. Its target is the real
/// medium of the same person and recording (source_clip) with as many frames of the same size, of
/// several the one whose path is most like its own; its source is a real medium that shows who lent
/// the face. A clip is as long as the analyses of fake and target reach. One thread.
class CorpusFakes : public FakeSet {
 public:
  /// Throws Error(kConfig) when the corpus has no fake, or its root is not on this machine.
  CorpusFakes(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
              CorpusId corpus);

  /// Throws as FakeSet::open; Error(kConfig) when the fake was never analysed.
  [[nodiscard]] ClipPair open(const ArtifactRow& fake) override;
  [[nodiscard]] const FakeFacts& facts(ArtifactId fake) const override;

  [[nodiscard]] const std::vector<ArtifactRow>& fakes() const override { return fakes_; }

 private:
  /// nullptr = not known.
  [[nodiscard]] const MediaRow* original_of(const MediaRow& fake, SubjectId person) const;
  /// analysed_face of all its analyses. Throws Error(kConfig) when there is none.
  [[nodiscard]] std::optional<AnalysedFace> face_of(const MediaRow& media, SubjectId subject) const;
  [[nodiscard]] PersonClip source_of(SubjectId subject);
  [[nodiscard]] std::filesystem::path file_of(const MediaRow& media);

  CorpusStore corpora_;
  const BlobStore& blobs_;
  const CorpusRoots& roots_;
  std::map<MediaId, MediaRow> media_;  ///< of the corpus
  std::vector<ArtifactRow> fakes_;
  std::map<ArtifactId, FakeFacts> facts_;
  std::map<SubjectId, std::vector<MediaId>> seen_in_;  ///< real media that show a person
  std::map<SubjectId, PersonClip> sources_;            ///< one serves many fakes
  std::map<MediaId, std::filesystem::path> files_;     ///< checked: hashed once
};

}  // namespace changeling

// common/clips/cached_analyses.h: face analyses of a clip that the catalog has. Layer 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_store.h"
#include "common/face/face_types.h"

namespace changeling {

/// The blob of an analysis of the medium, where it is here and intact; a damaged one is warned of.
[[nodiscard]] std::optional<std::string> usable_analysis(const BlobStore& blobs,
                                                         const Digest& analysis,
                                                         const MediaRow& media);

/// Blobs of the face analyses of a medium's bytes that are usable: the one that counts for the
/// medium, where it was analysed, then the others by key.
[[nodiscard]] std::vector<Digest> cached_analysis_blobs(const CorpusStore& corpora,
                                                        const BlobStore& blobs,
                                                        const MediaRow& media);

/// Analyses of a medium's present bytes that are cached and whose blobs are usable: the one that
/// counts first (catalog/README.md, "Analyses"), then the others, the longest first.
[[nodiscard]] std::vector<VideoAnalysis> cached_analyses(const CorpusStore& corpora,
                                                         const BlobStore& blobs,
                                                         const MediaRow& media);

/// A person's face in a clip.
struct AnalysedFace {
  FaceTrack track;
  std::int64_t n_frames = 0;  ///< that were analysed
};

/// The person's face by the first of these analyses of a medium that shows it.
[[nodiscard]] std::optional<AnalysedFace> analysed_face(const CorpusStore& corpora,
                                                        const std::vector<VideoAnalysis>& analyses,
                                                        MediaId media, SubjectId subject);

}  // namespace changeling

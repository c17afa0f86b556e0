// common/clips/cached_analyses.h: face analyses of a clip that the catalog has. Layer 4.
#pragma once

#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_store.h"
#include "common/face/face_types.h"

namespace changeling {

/// Blobs of the face analyses of a medium's bytes that are here, by key.
[[nodiscard]] std::vector<Digest> cached_analysis_blobs(const CorpusStore& corpora,
                                                        const BlobStore& blobs, MediaId media);

/// Analyses of a medium's present bytes that are cached and whose blobs are here, by key.
[[nodiscard]] std::vector<VideoAnalysis> cached_analyses(const CorpusStore& corpora,
                                                         const BlobStore& blobs,
                                                         const MediaRow& media);

}  // namespace changeling

// common/clips/analysis_cache.h: face analyses of clips in the catalog, made once per key. Layer 4.
// One thread, that of the Database. Which analysis of a clip counts: catalog/README.md, "Analyses".
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_store.h"
#include "common/face/face_types.h"

namespace changeling {

/// An analysis and its blob, which a cached stage of the catalog names.
struct KeptAnalysis {
  VideoAnalysis analysis;
  BlobRow blob;
};

class AnalysisCache {
 public:
  /// References must outlive this object.
  AnalysisCache(CorpusStore& corpora, BlobStore& blobs) : corpora_(corpora), blobs_(blobs) {}

  /// What is kept under the key; nullopt when there is nothing, or its blob is missing or, with a
  /// warning, damaged.
  [[nodiscard]] std::optional<KeptAnalysis> find(const Digest& key, const MediaRow& media) const;

  /// Keeps an analysis of the medium, in place of one whose blob is missing or damaged; `stage`
  /// carries the version of the analysis.
  KeptAnalysis keep(const Digest& key, std::string_view stage, const MediaRow& media,
                    VideoAnalysis analysis);

  /// Makes the analysis the one that counts for the medium; its tracks with who is seen, as the
  /// corpus knows now. Order of ids = order of the tracks.
  std::vector<TrackId> use(const MediaRow& media, const KeptAnalysis& kept);

 private:
  CorpusStore& corpora_;
  BlobStore& blobs_;
};

}  // namespace changeling

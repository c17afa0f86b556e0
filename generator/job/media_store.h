// generator/job/media_store.h: files that belong to a clip of a corpus, in the catalog's stage
// cache. Layer 7. Compute thread only.
#pragma once

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_store.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// Files of one clip; corpus forget-subject erases them with it.
class MediaStore : public SourceStore {
 public:
  /// References must outlive this object.
  MediaStore(CorpusStore& corpora, BlobStore& blobs, MediaId media)
      : corpora_(corpora), blobs_(blobs), media_(media) {}

  [[nodiscard]] std::optional<std::filesystem::path> find(const Digest& key) const override;

  [[nodiscard]] std::filesystem::path staging() const override { return blobs_.staging(); }

  std::filesystem::path keep(const Digest& key, const std::filesystem::path& file) override;

 private:
  CorpusStore& corpora_;
  BlobStore& blobs_;
  MediaId media_;
};

}  // namespace changeling

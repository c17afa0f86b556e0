// catalog/corpora/dfdc.h: the Deepfake Detection Challenge, fakes included. Layer 2. No byte of it
// is distributed with this product.
#pragma once

#include "catalog/corpora/corpus.h"

namespace changeling {

/// Every folder with a `metadata.json` (`{"a.mp4":{"label":"FAKE","split":"train",
/// "original":"b.mp4"}}`), a `labels.csv` (`filename,label`, 1 = fake; the files beside it or in
/// `videos/` or `test/`), and the preview's `dataset.json` (paths with `label`, `set`, `target_id`,
/// `swapped_id`). But for the preview nobody is named: an original is a person, the source of a
/// fake is unknown, and so is who is seen in test clips. A video in no list is left out, and so is
/// one that lists call fake and real.
class DfdcCorpus : public Corpus {
 public:
  [[nodiscard]] CorpusDescription describe() const override;
  [[nodiscard]] CorpusScan scan(const std::filesystem::path& root) const override;
};

}  // namespace changeling

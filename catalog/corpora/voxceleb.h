// catalog/corpora/voxceleb.h: videos of VoxCeleb1 and 2 and of sets laid out like them. Layer 2. No
// byte of it is distributed with this product.
#pragma once

#include "catalog/corpora/corpus.h"

namespace changeling {

/// `.../<person>/<recording>/<file>`, the person an id of the form id00012; clips of one recording
/// share a source_clip. `vox1_meta.csv` and `vox2_meta.csv` (tabs or commas), where they are there,
/// give gender and part (dev = train). Folders that are named after people are left out: names are
/// never stored.
class VoxCelebCorpus : public Corpus {
 public:
  [[nodiscard]] CorpusDescription describe() const override;
  [[nodiscard]] CorpusScan scan(const std::filesystem::path& root) const override;
};

}  // namespace changeling

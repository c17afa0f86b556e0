// catalog/corpora/fasseg.h: FASSEG, faces with every pixel labelled by hand
// (massimomauro/FASSEG-repository; Khan et al., ICIP 2015 and ICME 2017). Layer 2. No byte of it is
// distributed with this product.
#pragma once

#include "catalog/corpora/corpus.h"

namespace changeling {

/// `{frontal02|multipose01}_{train|test}_*.jpg` with `*_cls.png` of class indices. The multi-pose
/// pictures name their person; of the frontal ones each counts as a person of its own. Four test
/// pictures whose labels had another size than the picture are left out.
class FassegCorpus : public Corpus {
 public:
  [[nodiscard]] CorpusDescription describe() const override;
  [[nodiscard]] CorpusScan scan(const std::filesystem::path& root) const override;
  [[nodiscard]] std::vector<StillAnnotation> annotations(
      const std::filesystem::path& root) const override;
};

}  // namespace changeling

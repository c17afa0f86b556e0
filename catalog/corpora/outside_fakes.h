// catalog/corpora/outside_fakes.h: fakes that others made, with what they declare about them.
// Layer 2.
#pragma once

#include "catalog/corpora/corpus.h"

namespace changeling {

/// A tree of videos with one list at its root, `fakes.csv` or `fakes.jsonl` (docs/add-a-corpus.md):
/// path, method, source_type, licence, consent_basis, redistributable; target, source, label,
/// source_clip may be missing. Nothing of it can be checked here: methods are named
/// `declared_<method>`, and claims and exports say that the provenance is declared. A row without a
/// method is refused, not taken for real: real footage needs label `real` in so many words.
class OutsideFakesCorpus : public Corpus {
 public:
  [[nodiscard]] CorpusDescription describe() const override;
  [[nodiscard]] CorpusScan scan(const std::filesystem::path& root) const override;
};

}  // namespace changeling

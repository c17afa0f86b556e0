// catalog/corpora/folder.h: any tree of videos with a list of who is seen in them, `subjects.csv`.
// Layer 2. Columns: docs/add-a-corpus.md.
#pragma once

#include "catalog/corpora/corpus.h"

namespace changeling {

/// Terms come from the list, file by file; those of the corpus are the strictest of them.
class FolderCorpus : public Corpus {
 public:
  [[nodiscard]] CorpusDescription describe() const override;

  /// Throws Error(kInput) also when subjects.csv is missing or lacks a required column.
  [[nodiscard]] CorpusScan scan(const std::filesystem::path& root) const override;
};

}  // namespace changeling

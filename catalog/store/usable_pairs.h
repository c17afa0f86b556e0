// catalog/store/usable_pairs.h: which pairs of a frozen list may still be swapped. Layer 1.
#pragma once

#include <vector>

#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"

namespace changeling {

/// The pairs of a list, less those with a medium that shows somebody withdrawn since: its files may
/// be gone, and none is made of it. Order of the list.
[[nodiscard]] std::vector<PairRow> usable_pairs(const CorpusStore& corpora, const PairStore& pairs,
                                                PairListId list);

}  // namespace changeling

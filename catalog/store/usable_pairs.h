// catalog/store/usable_pairs.h: which pairs of a frozen list may still be swapped. Layer 1.
#pragma once

#include <vector>

#include "catalog/store/corpus_store.h"
#include "catalog/store/records.h"

namespace changeling {

/// These pairs, less those with a medium that shows somebody withdrawn since: its files may
/// be gone, and none is made of it. In their order.
[[nodiscard]] std::vector<PairRow> usable_pairs(const CorpusStore& corpora,
                                                std::vector<PairRow> pairs);

}  // namespace changeling

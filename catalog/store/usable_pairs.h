// catalog/store/usable_pairs.h: which pairs of a frozen list can still be swapped. Layer 1.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "catalog/store/corpus_store.h"
#include "catalog/store/records.h"

namespace changeling {

/// These pairs, less those with a medium that shows somebody withdrawn since: its files may
/// be gone, and none is made of it. In their order.
[[nodiscard]] std::vector<PairRow> usable_pairs(const CorpusStore& corpora,
                                                std::vector<PairRow> pairs);

/// Whether the pair is of one person, as methods take that blend a face with itself.
[[nodiscard]] bool is_self_pair(const PairRow& pair);

/// How many of these pairs have a clip that probing refuses by now (undecodable, or a fake of this
/// catalog that somebody registered as footage): their jobs fail at every run of the frozen list.
struct RefusedPairs {
  std::size_t pairs = 0;
  std::string example;  ///< "'x.mp4': is a fake of this catalog"
};

[[nodiscard]] RefusedPairs refused_pairs(const CorpusStore& corpora,
                                         const std::vector<PairRow>& pairs);

/// What to say of them, and what to do.
[[nodiscard]] std::string words_for(const RefusedPairs& refused, std::size_t n_pairs,
                                    const std::string& list);

}  // namespace changeling

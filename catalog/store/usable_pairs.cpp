#include "catalog/store/usable_pairs.h"

#include <algorithm>
#include <set>

namespace changeling {

std::vector<PairRow> usable_pairs(const CorpusStore& corpora, const PairStore& pairs,
                                  PairListId list) {
  const std::set<MediaId> withdrawn = corpora.withdrawn_media();
  std::vector<PairRow> usable = pairs.pairs(list);
  const auto kept = std::remove_if(usable.begin(), usable.end(), [&withdrawn](const PairRow& pair) {
    return withdrawn.count(pair.source_media) + withdrawn.count(pair.target_media) > 0;
  });
  usable.erase(kept, usable.end());
  return usable;
}

}  // namespace changeling

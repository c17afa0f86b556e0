#include "catalog/store/usable_pairs.h"

#include <algorithm>
#include <set>

namespace changeling {

std::vector<PairRow> usable_pairs(const CorpusStore& corpora, std::vector<PairRow> pairs) {
  const std::set<MediaId> withdrawn = corpora.withdrawn_media();
  const auto kept = std::remove_if(pairs.begin(), pairs.end(), [&withdrawn](const PairRow& pair) {
    return withdrawn.count(pair.source_media) + withdrawn.count(pair.target_media) > 0;
  });
  pairs.erase(kept, pairs.end());
  return pairs;
}

}  // namespace changeling

#include "catalog/store/usable_pairs.h"

#include <algorithm>
#include <map>
#include <optional>
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

bool is_self_pair(const PairRow& pair) {
  return pair.source_subject == pair.target_subject;
}

RefusedPairs refused_pairs(const CorpusStore& corpora, const std::vector<PairRow>& pairs) {
  std::map<MediaId, std::optional<std::string>> refusals;
  const auto refusal = [&](MediaId id) {
    const auto [entry, is_new] = refusals.try_emplace(id);
    if (is_new) {
      const MediaRow medium = corpora.media_by_id(id);
      if (medium.probe_error) {
        entry->second = "'" + medium.rel_path + "': " + *medium.probe_error;
      }
    }
    return entry->second;
  };
  RefusedPairs refused;
  for (const PairRow& pair : pairs) {
    const std::optional<std::string> target = refusal(pair.target_media);
    const std::optional<std::string> source = refusal(pair.source_media);
    if (target || source) {
      ++refused.pairs;
      refused.example = refused.example.empty() ? (target ? *target : *source) : refused.example;
    }
  }
  return refused;
}

std::string words_for(const RefusedPairs& refused, std::size_t n_pairs, const std::string& list) {
  return std::to_string(refused.pairs) + " of " + std::to_string(n_pairs) +
         " pairs of the frozen list '" + list + "' have a clip that cannot be used (" +
         refused.example +
         "); their jobs fail at every run: draw another list with 'changeling sample pairs', and "
         "begin another suite with it";
}

}  // namespace changeling

// catalog/splits/leak_check.h: proves that no person, recording or bystander stands in two parts.
// Layer 2. Used when pairs are sampled and by `catalog verify`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/corpus_store.h"
#include "catalog/store/records.h"

namespace changeling {

/// What a check of one medium needs.
struct LeakMedium {
  std::string name;                        ///< corpus and path
  std::optional<std::string> source_clip;  ///< corpus and clip, unique over corpora
  std::vector<SubjectId> seen;             ///< everybody with a sighting
};

struct LeakInput {
  std::vector<SplitSubjectRow> parts;
  std::vector<PairRow> pairs;
  std::map<MediaId, LeakMedium> media;  ///< of all pairs
};

/// One broken rule and who broke it. People appear by their row id only.
struct LeakFinding {
  std::string check;  ///< leak_group, pair_part, media_part, source_clip, bystander
  std::string offender;
};

/// For pairs that are stored or about to be.
[[nodiscard]] LeakInput load_leak_input(const CorpusStore& corpora,
                                        const std::vector<SplitSubjectRow>& parts,
                                        const std::vector<PairRow>& pairs);

/// leak_group: people who belong together stand in two parts. pair_part: somebody in a pair is in
/// another part than the pair, or in none. media_part, source_clip: one medium or recording is used
/// in two parts. bystander: a medium of a pair shows somebody of another part. Empty = no leak.
/// Pure.
[[nodiscard]] std::vector<LeakFinding> find_leaks(const LeakInput& input);

}  // namespace changeling

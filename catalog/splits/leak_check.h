// catalog/splits/leak_check.h: proves that no person, recording or bystander stands in two parts.
// Layer 2. Used when pairs are sampled and before data sets are exported.
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

/// What stands in a part together: a pair, or a clip alone.
struct LeakUse {
  std::string part;
  std::vector<SubjectId> people;  ///< whom it is about; everybody else seen is a bystander
  std::vector<MediaId> media;
};

struct LeakInput {
  std::vector<SplitSubjectRow> parts;
  std::vector<LeakUse> uses;
  std::map<MediaId, LeakMedium> media;  ///< of all uses
};

/// One broken rule and who broke it. People appear by their row id only.
struct LeakFinding {
  std::string check;  ///< leak_group, person_part, media_part, source_clip, bystander
  std::string offender;
};

[[nodiscard]] std::vector<LeakUse> leak_uses(const std::vector<PairRow>& pairs);

/// Reads the media of all uses.
[[nodiscard]] LeakInput load_leak_input(const CorpusStore& corpora,
                                        std::vector<SplitSubjectRow> parts,
                                        std::vector<LeakUse> uses);

/// leak_group: people who belong together stand in two parts. person_part: a use is about somebody
/// of another part or of none, or somebody of no part is seen in two parts. media_part,
/// source_clip: one medium or recording is used in two parts. bystander: a medium shows somebody of
/// another part. Empty = no leak. Pure.
[[nodiscard]] std::vector<LeakFinding> find_leaks(const LeakInput& input);

}  // namespace changeling

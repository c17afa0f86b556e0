#include "catalog/splits/leak_check.h"

#include <set>
#include <utility>

namespace changeling {
namespace {

using PartsOf = std::map<SubjectId, std::string>;

std::string name_of(SubjectId subject) {
  return "subject " + std::to_string(subject.value);
}

void check_groups(const LeakInput& input, std::vector<LeakFinding>& findings) {
  std::map<std::int64_t, std::set<std::string>> parts;
  for (const SplitSubjectRow& row : input.parts) {
    parts[row.leak_group].insert(row.part);
  }
  for (const auto& [group, its_parts] : parts) {
    if (its_parts.size() > 1) {
      findings.push_back({"leak_group", "leak group " + std::to_string(group)});
    }
  }
}

void check_people(const PairRow& pair, const PartsOf& parts, std::vector<LeakFinding>& findings) {
  for (const SubjectId subject : {pair.source_subject, pair.target_subject}) {
    const auto found = parts.find(subject);
    if (found == parts.end() || found->second != pair.part) {
      findings.push_back({"pair_part", name_of(subject) + " in a pair of " + pair.part});
    }
  }
}

/// Which parts use each medium and each recording.
struct MediaUse {
  std::map<std::string, std::set<std::string>> media, clips;

  void add(const LeakMedium& medium, const std::string& part) {
    media[medium.name].insert(part);
    if (medium.source_clip) {
      clips[*medium.source_clip].insert(part);
    }
  }
};

void report_shared(const std::map<std::string, std::set<std::string>>& uses, const char* check,
                   std::vector<LeakFinding>& findings) {
  for (const auto& [name, parts] : uses) {
    if (parts.size() > 1) {
      findings.push_back({check, "'" + name + "'"});
    }
  }
}

void check_bystanders(const LeakMedium& medium, const std::string& part, const PartsOf& parts,
                      std::vector<LeakFinding>& findings) {
  for (const SubjectId subject : medium.seen) {
    const auto found = parts.find(subject);
    if (found != parts.end() && found->second != part) {
      findings.push_back({"bystander", name_of(subject) + " of " + found->second + " in '" +
                                           medium.name + "', used in " + part});
    }
  }
}

}  // namespace

LeakInput load_leak_input(const CorpusStore& corpora, const std::vector<SplitSubjectRow>& parts,
                          const std::vector<PairRow>& pairs) {
  LeakInput input;
  input.parts = parts;
  input.pairs = pairs;
  for (const PairRow& pair : input.pairs) {
    for (const MediaId id : {pair.source_media, pair.target_media}) {
      if (input.media.count(id) > 0) {
        continue;
      }
      const MediaRow row = corpora.media_by_id(id);
      LeakMedium medium;
      const std::string corpus = corpora.corpus(row.corpus_id).name + "/";
      medium.name = corpus + row.rel_path;
      if (row.source_clip) {
        medium.source_clip = corpus + *row.source_clip;
      }
      std::set<SubjectId> seen;
      for (const SightingRow& sighting : corpora.sightings(id)) {
        seen.insert(sighting.subject_id);
      }
      medium.seen.assign(seen.begin(), seen.end());
      input.media.emplace(id, std::move(medium));
    }
  }
  return input;
}

std::vector<LeakFinding> find_leaks(const LeakInput& input) {
  std::vector<LeakFinding> findings;
  PartsOf parts;
  for (const SplitSubjectRow& row : input.parts) {
    parts[row.subject_id] = row.part;
  }
  check_groups(input, findings);
  MediaUse use;
  std::set<std::pair<MediaId, std::string>> checked;
  for (const PairRow& pair : input.pairs) {
    check_people(pair, parts, findings);
    for (const MediaId id : {pair.source_media, pair.target_media}) {
      if (!checked.emplace(id, pair.part).second) {
        continue;
      }
      const LeakMedium& medium = input.media.at(id);
      use.add(medium, pair.part);
      check_bystanders(medium, pair.part, parts, findings);
    }
  }
  report_shared(use.media, "media_part", findings);
  report_shared(use.clips, "source_clip", findings);
  return findings;
}

}  // namespace changeling

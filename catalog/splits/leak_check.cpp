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

void check_people(const LeakUse& use, const PartsOf& parts, std::set<std::string>& offenders) {
  for (const SubjectId subject : use.people) {
    const auto found = parts.find(subject);
    if (found == parts.end() || found->second != use.part) {
      offenders.insert(name_of(subject) + " of " +
                       (found == parts.end() ? "no part" : found->second) + " in " + use.part);
    }
  }
}

/// Which parts use a thing, each with one medium in which they do.
using PartsWithMedium = std::map<std::string, std::string>;

/// Which parts use each medium, each recording, and each person of no part.
struct MediaUse {
  std::map<std::string, PartsWithMedium> media, clips, strangers;

  void add(const LeakMedium& medium, const std::string& part, const PartsOf& parts) {
    const std::string name = "'" + medium.name + "'";
    media[name].emplace(part, name);
    if (medium.source_clip) {
      clips["'" + *medium.source_clip + "'"].emplace(part, name);
    }
    for (const SubjectId subject : medium.seen) {
      if (parts.count(subject) == 0) {
        strangers[name_of(subject)].emplace(part, name);
      }
    }
  }
};

void report_shared(const std::map<std::string, PartsWithMedium>& uses, const char* check,
                   std::vector<LeakFinding>& findings) {
  for (const auto& [name, parts] : uses) {
    if (parts.size() < 2) {
      continue;
    }
    std::string where;
    for (const auto& [part, medium] : parts) {
      where += (where.empty() ? "" : " and ") + part + (medium == name ? "" : " (" + medium + ")");
    }
    findings.push_back({check, name + " in " + where});
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

LeakMedium load_medium(const CorpusStore& corpora, MediaId id) {
  const MediaRow row = corpora.media_by_id(id);
  const std::string corpus = corpora.corpus(row.corpus_id).name + "/";
  LeakMedium medium;
  medium.name = corpus + row.rel_path;
  if (row.source_clip) {
    medium.source_clip = corpus + *row.source_clip;
  }
  std::set<SubjectId> seen;
  for (const SightingRow& sighting : corpora.sightings(id)) {
    seen.insert(sighting.subject_id);
  }
  medium.seen.assign(seen.begin(), seen.end());
  return medium;
}

}  // namespace

std::vector<LeakUse> leak_uses(const std::vector<PairRow>& pairs) {
  std::vector<LeakUse> uses;
  for (const PairRow& pair : pairs) {
    uses.push_back({pair.part,
                    {pair.source_subject, pair.target_subject},
                    {pair.source_media, pair.target_media}});
  }
  return uses;
}

LeakInput load_leak_input(const CorpusStore& corpora, std::vector<SplitSubjectRow> parts,
                          std::vector<LeakUse> uses) {
  LeakInput input;
  input.parts = std::move(parts);
  input.uses = std::move(uses);
  for (const LeakUse& use : input.uses) {
    for (const MediaId id : use.media) {
      if (input.media.count(id) == 0) {
        input.media.emplace(id, load_medium(corpora, id));
      }
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
  MediaUse shared;
  std::set<std::string> people;
  std::set<std::pair<MediaId, std::string>> checked;
  for (const LeakUse& use : input.uses) {
    check_people(use, parts, people);
    for (const MediaId id : use.media) {
      if (checked.emplace(id, use.part).second) {
        shared.add(input.media.at(id), use.part, parts);
        check_bystanders(input.media.at(id), use.part, parts, findings);
      }
    }
  }
  for (const std::string& offender : people) {
    findings.push_back({"person_part", offender});
  }
  report_shared(shared.strangers, "person_part", findings);
  report_shared(shared.media, "media_part", findings);
  report_shared(shared.clips, "source_clip", findings);
  return findings;
}

}  // namespace changeling

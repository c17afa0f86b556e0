#include "catalog/corpora/fake_corpus_scan.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <tuple>

#include "catalog/store/sighting_roles.h"
#include "common/base/union_find.h"

namespace changeling {
namespace {

/// People of one recording, with those of the others that they are in, and so on; by their first.
std::map<std::size_t, std::set<std::string>> linked_people(
    const std::map<std::string, std::set<std::string>>& people_of_clip) {
  std::map<std::string, std::size_t> number_of;
  for (const auto& entry : people_of_clip) {
    for (const std::string& person : entry.second) {
      number_of.emplace(person, 0);
    }
  }
  std::size_t count = 0;
  for (auto& entry : number_of) {
    entry.second = count++;
  }
  UnionFind sets(count);
  for (const auto& entry : people_of_clip) {
    for (const std::string& person : entry.second) {
      sets.unite(number_of.at(*entry.second.begin()), number_of.at(person));
    }
  }
  std::map<std::size_t, std::set<std::string>> people;
  for (const auto& [person, number] : number_of) {
    people[sets.find(number)].insert(person);
  }
  return people;
}

}  // namespace

void FakeCorpusScan::see(const std::string& rel_path, const std::string& person, const char* role) {
  const std::string ext_id = person.empty() ? pseudo_subject_id(rel_path, 1) : person;
  SubjectRow& row = people_[ext_id];
  row.ext_id = ext_id;
  ScannedSighting sighting;
  sighting.rel_path = rel_path;
  sighting.subject = ext_id;
  sighting.values.ext_sighting_id = role;
  sighting.values.frame = -1;
  scan_.sightings.push_back(std::move(sighting));
}

MediaRow& FakeCorpusScan::add_real(const std::string& rel_path, const std::string& person,
                                   const std::string& clip) {
  MediaRow medium;
  medium.rel_path = rel_path;
  medium.source_clip = clip;
  scan_.media.push_back(std::move(medium));
  see(rel_path, person, kSeenRole);
  if (!person.empty()) {
    people_of_clip_[clip].insert(person);
  }
  return scan_.media.back();
}

MediaRow& FakeCorpusScan::add_fake(const std::string& rel_path, const MethodRow& method,
                                   const std::string& target, const std::string& source) {
  MediaRow medium;
  medium.rel_path = rel_path;
  medium.label = "fake";
  medium.method = method.name;
  methods_.emplace(method.name, method);
  scan_.media.push_back(std::move(medium));
  see(rel_path, target, kSeenRole);
  if (!source.empty() && source != target) {
    see(rel_path, source, kLenderRole);
    lent_faces_.push_back({rel_path, target, source});
  }
  return scan_.media.back();
}

void FakeCorpusScan::set_gender(const std::string& person, const std::string& gender) {
  const auto found = people_.find(person);
  if (found != people_.end() && !gender.empty()) {
    found->second.gender = gender;
  }
}

void FakeCorpusScan::set_part(const std::string& person, const std::string& part) {
  parts_[person].insert(part);
}

/// Leaves nobody in two parts, and no recording.
void FakeCorpusScan::settle_parts() {
  for (const auto& [person, parts] : parts_) {
    if (parts.size() > 1) {
      problems_.add(ScanProblemKind::kConflictingPart, "'" + person + "'");
    }
  }
  for (const auto& entry : linked_people(people_of_clip_)) {
    settle_together(entry.second);
  }
}

void FakeCorpusScan::settle_together(const std::set<std::string>& people) {
  std::map<std::string, std::string> of_part;  // the first person of each
  bool has_conflict = false;
  for (const std::string& person : people) {
    const auto found = parts_.find(person);
    for (const std::string& part :
         found == parts_.end() ? std::set<std::string>() : found->second) {
      of_part.emplace(part, person);
      has_conflict = has_conflict || found->second.size() > 1;
    }
  }
  if (of_part.size() < 2) {
    return;
  }
  const std::string kept = of_part.count("test") > 0 ? "test" : "val";
  for (const std::string& person : people) {
    const auto found = parts_.find(person);
    if (found != parts_.end()) {
      found->second = has_conflict ? std::set<std::string>() : std::set<std::string>{kept};
    }
  }
  if (!has_conflict) {
    const std::string at_home = of_part.extract(kept).mapped();
    const auto& [lesser, moved] = *of_part.begin();
    problems_.add(ScanProblemKind::kPartedRecording,
                  "'" + moved + "' of " + lesser + " goes with '" + at_home + "' to " + kept);
  }
}

void FakeCorpusScan::count_parted_fakes() {
  for (const LentFace& face : lent_faces_) {
    const auto target = scan_.given_parts.find(face.target);
    const auto source = scan_.given_parts.find(face.source);
    if (target != scan_.given_parts.end() && source != scan_.given_parts.end() &&
        target->second != source->second) {
      problems_.add(ScanProblemKind::kPartedFake, "'" + face.rel_path + "': '" + face.source +
                                                      "' of " + source->second + " in " +
                                                      target->second);
    }
  }
}

CorpusScan FakeCorpusScan::finish() {
  settle_parts();
  for (auto& [ext_id, row] : people_) {
    scan_.subjects.push_back(row);
    const auto part = parts_.find(ext_id);
    if (part != parts_.end() && part->second.size() == 1) {
      scan_.given_parts.emplace(ext_id, *part->second.begin());
    }
  }
  count_parted_fakes();
  for (auto& entry : methods_) {
    scan_.methods.push_back(entry.second);
  }
  std::sort(scan_.media.begin(), scan_.media.end(),
            [](const MediaRow& a, const MediaRow& b) { return a.rel_path < b.rel_path; });
  std::sort(scan_.sightings.begin(), scan_.sightings.end(),
            [](const ScannedSighting& a, const ScannedSighting& b) {
              return std::tie(a.rel_path, a.subject) < std::tie(b.rel_path, b.subject);
            });
  scan_.problems = problems_.problems();
  return std::move(scan_);
}

std::optional<std::string> parent_of(const CorpusFiles& files, std::string_view name) {
  constexpr std::size_t kMostLevels = 3;
  std::optional<std::string> best;
  for (const std::string& path : files.files()) {
    const std::vector<std::string> parts = split_text(path, '/');
    std::string parent;
    for (std::size_t i = 0; i < parts.size() && i <= kMostLevels; ++i) {
      if (parts[i] == name) {
        if (!best || std::pair(parent.size(), parent) < std::pair(best->size(), *best)) {
          best = parent;
        }
        break;
      }
      parent += parts[i] + "/";
    }
  }
  return best;
}

std::string stem_of(const std::string& rel_path) {
  return std::filesystem::path(rel_path).stem().string();
}

std::vector<std::string> split_text(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t first = 0;
  while (true) {
    const std::size_t end = text.find(separator, first);
    parts.emplace_back(text.substr(first, end - first));
    if (end == std::string_view::npos) {
      return parts;
    }
    first = end + 1;
  }
}

}  // namespace changeling

#include "catalog/corpora/fake_corpus_scan.h"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "catalog/store/sighting_roles.h"

namespace changeling {

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
  people_of_clip_[clip].insert(person);
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

CorpusScan FakeCorpusScan::finish() {
  std::set<std::string> conflicting;
  for (const auto& [person, parts] : parts_) {
    if (parts.size() > 1) {
      conflicting.insert(person);
      problems_.add(ScanProblemKind::kConflictingPart, "'" + person + "'");
    }
  }
  for (const auto& [clip, people] : people_of_clip_) {
    std::set<std::string> parts;
    for (const std::string& person : people) {
      const auto found = parts_.find(person);
      if (found != parts_.end()) {
        parts.insert(found->second.begin(), found->second.end());
      }
    }
    if (people.size() > 1 && parts.size() > 1) {
      std::string names;
      for (const std::string& person : people) {
        names += (names.empty() ? "" : "/") + person;
        conflicting.insert(person);
      }
      problems_.add(ScanProblemKind::kConflictingPart, names + ", one recording");
    }
  }
  for (auto& [ext_id, row] : people_) {
    scan_.subjects.push_back(row);
    const auto part = parts_.find(ext_id);
    if (part != parts_.end() && conflicting.count(ext_id) == 0) {
      scan_.given_parts.emplace(ext_id, *part->second.begin());
    }
  }
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

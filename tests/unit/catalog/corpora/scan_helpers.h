// Shared by the tests of corpus adapters.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/corpora/corpus.h"
#include "common/base/error.h"
#include "tests/support/refusal.h"

namespace changeling {

inline std::map<std::string, std::int64_t> problem_counts(
    const std::vector<ScanProblem>& problems) {
  std::map<std::string, std::int64_t> counts;
  for (const ScanProblem& problem : problems) {
    counts[std::string(to_string(problem.kind))] = problem.count;
  }
  return counts;
}

inline std::vector<std::string> media_paths(const CorpusScan& scan) {
  std::vector<std::string> paths;
  for (const MediaRow& medium : scan.media) {
    paths.push_back(medium.rel_path);
  }
  return paths;
}

/// "subject@frame" of every sighting in a medium.
inline std::multiset<std::string> sightings_in(const CorpusScan& scan,
                                               const std::string& rel_path) {
  std::multiset<std::string> seen;
  for (const ScannedSighting& sighting : scan.sightings) {
    if (sighting.rel_path == rel_path) {
      seen.insert(sighting.subject + "@" + std::to_string(sighting.values.frame));
    }
  }
  return seen;
}

/// The line with which an adapter refuses a folder.
template <typename Adapter>
std::string refusal_of(const std::filesystem::path& root) {
  return refusal_of(ErrorKind::kInput, [&] { (void)Adapter().scan(root); });
}

inline const SubjectRow* find_subject(const CorpusScan& scan, const std::string& ext_id) {
  const auto found =
      std::find_if(scan.subjects.begin(), scan.subjects.end(),
                   [&ext_id](const SubjectRow& row) { return row.ext_id == ext_id; });
  return found == scan.subjects.end() ? nullptr : &*found;
}

}  // namespace changeling

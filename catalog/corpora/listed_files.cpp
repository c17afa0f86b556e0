#include "catalog/corpora/listed_files.h"

#include <utility>

namespace changeling {

void add_path_problem(PathCheck check, const std::string& example, ProblemCounter& problems) {
  problems.add(check == PathCheck::kMissing ? ScanProblemKind::kMissingFile
                                            : ScanProblemKind::kPathEscapesRoot,
               example);
}

std::optional<std::string> find_listed(const CorpusFiles& files, const std::string& path,
                                       const std::string& place, ProblemCounter& problems) {
  CheckedPath checked = files.check(path);
  if (checked.check == PathCheck::kFound) {
    return std::move(checked.rel_path);
  }
  add_path_problem(checked.check, place + ": '" + path.substr(0, 200) + "'", problems);
  return std::nullopt;
}

void count_unlisted(const CorpusFiles& files, const std::set<std::string>& listed,
                    ProblemCounter& problems) {
  for (const std::string& path : files.files()) {
    if (has_video_suffix(path) && listed.count(path) == 0) {
      problems.add(ScanProblemKind::kNoSubjectRow, "'" + path + "'");
    }
  }
}

}  // namespace changeling

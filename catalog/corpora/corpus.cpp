#include "catalog/corpora/corpus.h"

#include "common/base/error.h"

namespace changeling {

std::string_view to_string(ScanProblemKind kind) {
  switch (kind) {
    case ScanProblemKind::kPathEscapesRoot:
      return "path_escapes_root";
    case ScanProblemKind::kMissingFile:
      return "missing_file";
    case ScanProblemKind::kNoSubjectRow:
      return "no_subject_row";
    case ScanProblemKind::kUnreadableList:
      return "unreadable_list";
    case ScanProblemKind::kBadRow:
      return "bad_row";
    case ScanProblemKind::kBadValue:
      return "bad_value";
    case ScanProblemKind::kConflictingSubject:
      return "conflicting_subject";
    case ScanProblemKind::kConflictingMedium:
      return "conflicting_medium";
    case ScanProblemKind::kConflictingAttribute:
      return "conflicting_attribute";
    case ScanProblemKind::kRepeatedAnnotation:
      return "repeated_annotation";
    case ScanProblemKind::kNobodySeen:
      return "nobody_seen";
    case ScanProblemKind::kWithdrawn:
      return "withdrawn";
    case ScanProblemKind::kChangedTerms:
      return "changed_terms";
    case ScanProblemKind::kChangedFrames:
      return "changed_frames";
    case ScanProblemKind::kConflictingPart:
      return "conflicting_part";
    case ScanProblemKind::kPartedRecording:
      return "parted_recording";
    case ScanProblemKind::kPartedFake:
      return "parted_fake";
    case ScanProblemKind::kNoRecordingsList:
      return "no_recordings_list";
  }
  throw Error(ErrorKind::kInternal, "unknown kind of scan problem");
}

bool is_settled(ScanProblemKind kind) {
  return kind == ScanProblemKind::kPartedRecording || kind == ScanProblemKind::kPartedFake;
}

void ProblemCounter::add(ScanProblemKind kind, const std::string& example, std::int64_t count) {
  const auto [entry, is_new] = problems_.try_emplace(kind, ScanProblem{kind, 0, example});
  entry->second.count += count;
}

std::vector<ScanProblem> ProblemCounter::problems() const {
  std::vector<ScanProblem> all;
  for (const auto& entry : problems_) {
    all.push_back(entry.second);
  }
  return all;
}

std::string pseudo_subject_id(std::string_view rel_path, std::int64_t n) {
  return "?" + std::string(rel_path) + ":" + std::to_string(n);
}

std::vector<StillAnnotation> Corpus::annotations(const std::filesystem::path& /*root*/) const {
  return {};
}

}  // namespace changeling

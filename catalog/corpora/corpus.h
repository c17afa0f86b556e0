// catalog/corpora/corpus.h: what every corpus adapter offers: its terms, and a scan of its files
// into plain values. Layer 2. How to add one: docs/add-a-corpus.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/corpora/still_annotation.h"
#include "catalog/store/records.h"

namespace changeling {

/// What may be done with footage.
struct CorpusTerms {
  std::string licence;        ///< SPDX id or text
  std::string consent_basis;  ///< consented, licensed, public-research, synthetic
  bool redistributable = false;
};

struct CorpusDescription {
  std::string name;                 ///< of the adapter, "folder"
  std::string summary;              ///< one line for help
  CorpusTerms terms;                ///< before any file is read; a scan may know better
  bool has_terms_per_file = false;  ///< the terms of a scan grow with its files
};

/// Why something in a corpus was left out or repaired. Stored nowhere; printed with its count.
enum class ScanProblemKind {
  kPathEscapesRoot,       ///< absolute, climbing out by "..", or a symbolic link to outside
  kMissingFile,           ///< listed, but not on disk
  kNoSubjectRow,          ///< on disk, but no list says who is seen
  kUnreadableList,        ///< a CSV file that may be none of the corpus's lists, and cannot be read
  kBadRow,                ///< another number of fields than the header
  kBadValue,              ///< a field that cannot be what its column says
  kConflictingSubject,    ///< one face given to two people; both rows dropped
  kConflictingMedium,     ///< rows of one file disagree; left out, or the first counts (dfdc)
  kConflictingAttribute,  ///< rows of one person disagree about gender, skin tone or age
  kRepeatedAnnotation,    ///< a person or file stands twice; the first row counts
  kNobodySeen,            ///< a row with neither a person nor a face; it says nothing
  kWithdrawn,             ///< somebody who took back their consent; kept is only that they are seen
  kChangedTerms,      ///< terms or label of a stored file were edited in the list; the stored stay
  kChangedFrames,     ///< a stored frame sequence would get other files or places; it stays
  kConflictingPart,   ///< a person stands in two parts of the corpus's own split; in none now
  kPartedRecording,   ///< a recording stands in two; all of it is in one of them now
  kPartedFake,        ///< a fake's face is lent by somebody of another part; exports leave it out
  kNoRecordingsList,  ///< videos of which nothing says from which recording they were cut
};

/// The printed spelling: "path_escapes_root", "missing_file", ...
[[nodiscard]] std::string_view to_string(ScanProblemKind kind);

/// True where a rule settles it for every release of a corpus, and nothing is left to mend: told,
/// but no reason to end with another code than 0.
[[nodiscard]] bool is_settled(ScanProblemKind kind);

struct ScanProblem {
  ScanProblemKind kind;
  std::int64_t count = 0;
  std::string example;  ///< the first one met
};

/// Collects problems while a corpus is read.
class ProblemCounter {
 public:
  void add(ScanProblemKind kind, const std::string& example, std::int64_t count = 1);

  /// In the order of ScanProblemKind.
  [[nodiscard]] std::vector<ScanProblem> problems() const;

 private:
  std::map<ScanProblemKind, ScanProblem> problems_;
};

/// "This person is seen here", before rows have ids.
struct ScannedSighting {
  std::string rel_path;
  std::string subject;  ///< ext_id
  SightingRow values;   ///< ids unset; frame -1 = the whole clip
  std::optional<double> start_seconds,
      end_seconds;  ///< usable span, turned into frames when stored
};

/// All that an adapter found, sorted by path, ext_id and frame; ids unset.
struct CorpusScan {
  CorpusTerms terms;
  std::vector<MethodRow> methods;  ///< of the fakes that the corpus ships
  std::vector<MediaRow> media;
  std::vector<SubjectRow> subjects;
  std::vector<ScannedSighting> sightings;
  /// ext_id -> train, val or test, where the corpus has a split of its own.
  std::map<std::string, std::string> given_parts;
  std::vector<ScanProblem> problems;
};

/// Id of the n-th unknown bystander of a medium, "?<media>:<n>"; see is_pseudo_subject.
[[nodiscard]] std::string pseudo_subject_id(std::string_view rel_path, std::int64_t n);

/// A layout of files on disk. Adapters keep no state between calls and never write below `root`.
class Corpus {
 public:
  virtual ~Corpus() = default;

  [[nodiscard]] virtual CorpusDescription describe() const = 0;

  /// Reads lists and file names, no video. Throws Error(kInput) when the folder is missing or
  /// unreadable, is not of this layout, or one of its lists is broken; whatever concerns single
  /// rows or files is a problem of the result.
  [[nodiscard]] virtual CorpusScan scan(const std::filesystem::path& root) const = 0;

  /// Faces that the corpus annotates, sorted by path; only pictures that a scan would list. Throws
  /// as scan.
  [[nodiscard]] virtual std::vector<StillAnnotation> annotations(
      const std::filesystem::path& root) const;
};

}  // namespace changeling

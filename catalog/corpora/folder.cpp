#include "catalog/corpora/folder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "catalog/corpora/corpus_files.h"
#include "catalog/corpora/corpus_terms.h"
#include "catalog/corpora/csv_reader.h"
#include "catalog/corpora/listed_files.h"
#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::string_view kListName = "subjects.csv";
constexpr double kMostOfAll = 1e6;  ///< seconds and pixels above it are slips, no footage

/// One checked line of the list.
struct ListRow {
  MediaRow medium;
  std::string subject;  ///< "?" = unknown
  std::optional<std::string> gender;
  std::optional<int> skintone, age_bin;
  std::optional<double> start_seconds, end_seconds, face_x, face_y;
};

auto terms_of(const MediaRow& medium) {
  return std::tie(medium.licence, medium.consent_basis, medium.redistributable, medium.source_clip);
}

/// Reads subjects.csv; rows that cannot be used are counted and left out.
class ListParser {
 public:
  ListParser(const CorpusFiles& files, ProblemCounter& problems)
      : files_(files), problems_(problems), reader_(files.root() / std::string(kListName)) {
    reader_.require_columns({"path", "subject", "licence", "consent_basis", "redistributable"});
  }

  std::vector<ListRow> rows() {
    std::vector<ListRow> rows;
    while (std::optional<CsvRow> row = reader_.next()) {
      if (!reader_.fits(*row)) {
        problems_.add(ScanProblemKind::kBadRow,
                      place(*row) + ": " + std::to_string(row->fields.size()) +
                          " fields, the header has " + std::to_string(reader_.header().size()));
        continue;
      }
      row_ = std::move(*row);
      bad_column_.clear();
      std::optional<ListRow> parsed = parse();
      if (!bad_column_.empty()) {
        problems_.add(ScanProblemKind::kBadValue, place(row_) + ", column '" + bad_column_ +
                                                      "': '" + field(bad_column_).substr(0, 60) +
                                                      "'");
      } else if (parsed) {
        rows.push_back(std::move(*parsed));
      }
    }
    return rows;
  }

 private:
  static std::string place(const CsvRow& row) {
    return std::string(kListName) + " line " + std::to_string(row.line);
  }

  [[nodiscard]] std::string field(std::string_view column) const {
    const std::optional<std::size_t> index = reader_.find_column(column);
    return index ? std::string(trim_blanks(row_.fields[*index])) : std::string();
  }

  void refuse(std::string_view column) {
    if (bad_column_.empty()) {
      bad_column_ = column;
    }
  }

  std::string required(std::string_view column) {
    std::string text = field(column);
    if (text.empty()) {
      refuse(column);
    }
    return text;
  }

  std::optional<std::string> optional_text(std::string_view column) const {
    const std::string text = field(column);
    return text.empty() ? std::nullopt : std::make_optional(text);
  }

  std::optional<double> number(std::string_view column) {
    const CsvNumber parsed = parse_csv_number(field(column));
    if (!parsed.is_valid || (parsed.value && (*parsed.value < 0 || *parsed.value > kMostOfAll))) {
      refuse(column);
    }
    return parsed.value;
  }

  /// A whole number of `first`..`last`; 0 means unknown.
  std::optional<int> level(std::string_view column, int first, int last) {
    const std::optional<double> value = number(column);
    if (!value || *value == 0) {
      return std::nullopt;
    }
    if (*value < first || *value > last || std::floor(*value) != *value) {
      refuse(column);
      return std::nullopt;
    }
    return static_cast<int>(*value);
  }

  std::optional<std::string> gender() const {
    const std::optional<std::string> text = optional_text("gender");
    if (text == "0") {
      return "f";
    }
    return text == "1" ? "m" : text;
  }

  void parse_terms(MediaRow& medium) {
    medium.licence = required("licence");
    medium.consent_basis = required("consent_basis");
    if (!is_consent_basis(*medium.consent_basis)) {
      refuse("consent_basis");
    }
    const std::string flag = required("redistributable");
    medium.redistributable = flag == "1";
    if (flag != "0" && flag != "1") {
      refuse("redistributable");
    }
    medium.source_clip = optional_text("source_clip");
  }

  std::optional<ListRow> parse() {
    ListRow row;
    const std::string path = required("path");
    row.subject = required("subject");
    if (row.subject.size() > 1 && is_pseudo_subject(row.subject)) {
      refuse("subject");  // ids that begin with "?" are made here
    }
    parse_terms(row.medium);
    row.gender = gender();
    row.skintone = level("skintone", 1, 6);
    row.age_bin = level("age_bin", 1, 6);
    row.start_seconds = number("start_s");
    row.end_seconds = number("end_s");
    if (row.end_seconds && *row.end_seconds <= row.start_seconds.value_or(0)) {
      refuse("end_s");
    }
    row.face_x = number("face_x");
    row.face_y = number("face_y");
    if (row.face_x.has_value() != row.face_y.has_value()) {
      refuse(row.face_x ? "face_y" : "face_x");
    }
    return bad_column_.empty() && locate(path, row.medium) ? std::make_optional(std::move(row))
                                                           : std::nullopt;
  }

  bool locate(const std::string& path, MediaRow& medium) {
    const std::optional<std::string> found = find_listed(files_, path, place(row_), problems_);
    medium.rel_path = found.value_or("");
    return found.has_value();
  }

  const CorpusFiles& files_;
  ProblemCounter& problems_;
  CsvReader reader_;
  CsvRow row_;
  std::string bad_column_;
};

/// Drops every row of a file whose rows disagree about its terms.
std::vector<ListRow> without_conflicts(std::vector<ListRow> rows, ProblemCounter& problems) {
  std::map<std::string, const ListRow*> first;
  std::set<std::string> bad;
  for (const ListRow& row : rows) {
    const auto [entry, is_new] = first.try_emplace(row.medium.rel_path, &row);
    if (terms_of(entry->second->medium) != terms_of(row.medium)) {
      bad.insert(row.medium.rel_path);
    }
  }
  for (const std::string& path : bad) {
    problems.add(ScanProblemKind::kConflictingMedium,
                 "rows of '" + path + "' differ in licence, consent, redistributable or clip");
  }
  rows.erase(std::remove_if(rows.begin(), rows.end(),
                            [&](const ListRow& row) { return bad.count(row.medium.rel_path) > 0; }),
             rows.end());
  return rows;
}

/// Takes a value that is unknown so far; a different one makes it unknown for good.
template <typename T>
void merge_attribute(std::optional<T>& known, const std::optional<T>& given, bool& is_disputed) {
  if (!given || is_disputed) {
    return;
  }
  if (known && *known != *given) {
    known.reset();
    is_disputed = true;
    return;
  }
  known = given;
}

struct MergedSubject {
  SubjectRow row;
  bool gender_disputed = false;
  bool skintone_disputed = false;
  bool age_disputed = false;

  void merge(const ListRow& given) {
    merge_attribute(row.gender, given.gender, gender_disputed);
    merge_attribute(row.skintone, given.skintone, skintone_disputed);
    merge_attribute(row.age_bin, given.age_bin, age_disputed);
  }

  [[nodiscard]] bool is_disputed() const {
    return gender_disputed || skintone_disputed || age_disputed;
  }
};

ScannedSighting sighting_of(const ListRow& row, const std::string& ext_id) {
  ScannedSighting sighting;
  sighting.rel_path = row.medium.rel_path;
  sighting.subject = ext_id;
  sighting.values.ext_sighting_id = std::string(kListName);
  sighting.values.frame = -1;
  sighting.values.x = row.face_x;
  sighting.values.y = row.face_y;
  sighting.start_seconds = row.start_seconds;
  sighting.end_seconds = row.end_seconds;
  return sighting;
}

void add_rows(const std::vector<ListRow>& rows, CorpusScan& scan, ProblemCounter& problems) {
  std::map<std::string, MediaRow> media;
  std::map<std::string, MergedSubject> subjects;
  std::map<std::string, std::int64_t> unknown;
  std::set<std::tuple<std::string, std::string, std::optional<double>>> seen;
  for (const ListRow& row : rows) {
    const std::string& path = row.medium.rel_path;
    media.emplace(path, row.medium);
    const std::string ext_id =
        row.subject == "?" ? pseudo_subject_id(path, ++unknown[path]) : row.subject;
    if (!seen.emplace(path, ext_id, row.start_seconds).second) {
      problems.add(ScanProblemKind::kRepeatedAnnotation, "'" + ext_id + "' in '" + path + "'");
      continue;
    }
    MergedSubject& subject = subjects[ext_id];
    subject.row.ext_id = ext_id;
    subject.merge(row);
    scan.sightings.push_back(sighting_of(row, ext_id));
  }
  for (const auto& entry : media) {
    scan.media.push_back(entry.second);
  }
  for (const auto& [ext_id, subject] : subjects) {
    scan.subjects.push_back(subject.row);
    if (subject.is_disputed()) {
      problems.add(ScanProblemKind::kConflictingAttribute, "subject '" + ext_id + "'");
    }
  }
  std::stable_sort(scan.sightings.begin(), scan.sightings.end(),
                   [](const ScannedSighting& a, const ScannedSighting& b) {
                     return std::tie(a.rel_path, a.subject) < std::tie(b.rel_path, b.subject);
                   });
}

std::set<std::string> paths_of(const std::vector<MediaRow>& media) {
  std::set<std::string> paths;
  for (const MediaRow& medium : media) {
    paths.insert(medium.rel_path);
  }
  return paths;
}

}  // namespace

CorpusDescription FolderCorpus::describe() const {
  return {"folder",
          "A tree of videos with subjects.csv, which says who is seen and under which terms",
          {"stated per file", "public-research", false},
          true};
}

CorpusScan FolderCorpus::scan(const std::filesystem::path& root) const {
  const CorpusFiles files(root);
  if (files.files().count(kListName) == 0) {
    throw Error(ErrorKind::kInput, "'" + root.string() +
                                       "' has no subjects.csv, the list of who "
                                       "is seen in which video "
                                       "(docs/add-a-corpus.md)");
  }
  ProblemCounter problems;
  const std::vector<ListRow> rows = without_conflicts(ListParser(files, problems).rows(), problems);
  CorpusScan scan;
  add_rows(rows, scan, problems);
  scan.terms = strictest_terms(scan.media, describe().terms);
  count_unlisted(files, paths_of(scan.media), problems);
  scan.problems = problems.problems();
  return scan;
}

}  // namespace changeling

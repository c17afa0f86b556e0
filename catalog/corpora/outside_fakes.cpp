#include "catalog/corpora/outside_fakes.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "catalog/corpora/corpus_terms.h"
#include "catalog/corpora/csv_reader.h"
#include "catalog/corpora/fake_corpus_scan.h"
#include "catalog/corpora/listed_files.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/json_depth.h"
#include "common/base/source_type.h"

namespace changeling {
namespace {

using nlohmann::json;

constexpr std::string_view kCsvName = "fakes.csv";
constexpr std::string_view kJsonName = "fakes.jsonl";
constexpr std::size_t kMethodBytes = 23;  ///< "declared_" and it fit the tag of a copy

/// One record of a list of either form.
struct ListRecord {
  std::string place;
  std::map<std::string, std::string> fields;  ///< of the known columns; a missing one is empty

  [[nodiscard]] std::string get(const std::string& column) const {
    const auto found = fields.find(column);
    return found == fields.end() ? std::string() : found->second;
  }
};

const std::vector<std::string>& required_columns() {
  static const std::vector<std::string> columns = {"path",    "method",        "source_type",
                                                   "licence", "consent_basis", "redistributable"};
  return columns;
}

bool is_word(const std::string& text, std::size_t most, bool (*fits)(unsigned char)) {
  return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), fits);
}

bool is_method_character(unsigned char c) {
  return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_';
}

bool is_letter(unsigned char c) {
  return std::isalpha(c) != 0;
}

/// A fake is not what stood before a lens.
bool is_type_of_fake(const std::string& term) {
  return is_word(term, kSourceTypeBytes, is_letter) && !says_captured(term);
}

std::vector<ListRecord> read_csv(const CorpusFiles& files, ProblemCounter& problems) {
  CsvReader reader(files.root() / std::string(kCsvName));
  reader.require_columns(required_columns());
  std::vector<ListRecord> records;
  while (const std::optional<CsvRow> row = reader.next()) {
    ListRecord record;
    record.place = std::string(kCsvName) + " line " + std::to_string(row->line);
    if (!reader.fits(*row)) {
      problems.add(ScanProblemKind::kBadRow, record.place);
      continue;
    }
    for (std::size_t i = 0; i < row->fields.size(); ++i) {
      record.fields[to_lower_ascii(reader.header()[i])] = trim_blanks(row->fields[i]);
    }
    records.push_back(std::move(record));
  }
  return records;
}

std::string field_text(const json& value) {
  return value.is_string()    ? value.get<std::string>()
         : value.is_boolean() ? (value.get<bool>() ? "1" : "0")
         : value.is_null()    ? std::string()
                              : value.dump();
}

std::vector<ListRecord> read_json_lines(const CorpusFiles& files, ProblemCounter& problems) {
  std::istringstream lines(read_file(files.root() / std::string(kJsonName)));
  std::vector<ListRecord> records;
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    ListRecord record;
    record.place = std::string(kJsonName) + " line " + std::to_string(number);
    const json object = json::parse(line, nullptr, false);
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    if (!object.is_object() || is_deep_json(line)) {
      problems.add(ScanProblemKind::kBadRow, record.place);
      continue;
    }
    for (const auto& [key, value] : object.items()) {
      record.fields[key] = field_text(value);
    }
    records.push_back(std::move(record));
  }
  return records;
}

class OutsideScan {
 public:
  OutsideScan(const CorpusFiles& files, const CorpusTerms& terms)
      : files_(files), fallback_(terms), scan_(terms) {}

  CorpusScan run() {
    const bool has_csv = files_.files().count(kCsvName) > 0;
    if (has_csv == (files_.files().count(kJsonName) > 0)) {
      throw Error(ErrorKind::kInput, "'" + files_.root().string() + "' must have " +
                                         std::string(kCsvName) + " or " + std::string(kJsonName) +
                                         (has_csv ? ", not both" : ", the list of its fakes"));
    }
    ProblemCounter& problems = scan_.problems();
    for (const ListRecord& record :
         has_csv ? read_csv(files_, problems) : read_json_lines(files_, problems)) {
      add(record);
    }
    count_unlisted(files_, listed_, problems);
    CorpusScan scan = scan_.finish();
    scan.terms = strictest_terms(scan.media, fallback_);
    return scan;
  }

 private:
  void add(const ListRecord& record) {
    const std::string wrong = first_wrong_column(record);
    if (!wrong.empty()) {
      scan_.problems().add(ScanProblemKind::kBadValue, record.place + ", '" + wrong + "': '" +
                                                           record.get(wrong).substr(0, 60) + "'");
      return;
    }
    const std::optional<std::string> found =
        find_listed(files_, record.get("path"), record.place, scan_.problems());
    if (found && !listed_.insert(*found).second) {
      scan_.problems().add(ScanProblemKind::kRepeatedAnnotation, "'" + *found + "'");
    } else if (found) {
      add_medium(*found, record);
    }
  }

  static std::string first_wrong_column(const ListRecord& record) {
    const bool is_real = record.get("label") == "real";
    const auto is_pseudo = [&](const char* column) {
      return is_pseudo_subject(record.get(column));
    };
    const std::pair<const char*, bool> checks[] = {
        {"path", !record.get("path").empty()},
        {"label", is_real || record.get("label").empty() || record.get("label") == "fake"},
        {"method", is_real ? record.get("method").empty()
                           : is_word(record.get("method"), kMethodBytes, is_method_character)},
        {"source_type",
         is_real ? record.get("source_type").empty() : is_type_of_fake(record.get("source_type"))},
        {"licence", !record.get("licence").empty()},
        {"consent_basis", is_consent_basis(record.get("consent_basis"))},
        {"redistributable",
         record.get("redistributable") == "0" || record.get("redistributable") == "1"},
        {"target", !is_pseudo("target")},
        {"source", !is_pseudo("source")},
    };
    for (const auto& [column, holds] : checks) {
      if (!holds) {
        return column;
      }
    }
    return {};
  }

  void add_medium(const std::string& rel_path, const ListRecord& record) {
    const std::string target = record.get("target");
    const std::string clip = record.get("source_clip");
    MediaRow* medium = nullptr;
    if (record.get("label") == "real") {
      medium = &scan_.add_real(rel_path, target, clip.empty() ? rel_path : clip);
    } else {
      require_one_type(record);
      medium = &scan_.add_fake(
          rel_path, {"declared_" + record.get("method"), false, record.get("source_type")}, target,
          record.get("source"));
      if (!clip.empty()) {
        medium->source_clip = clip;
      }
    }
    medium->licence = record.get("licence");
    medium->consent_basis = record.get("consent_basis");
    medium->redistributable = record.get("redistributable") == "1";
  }

  /// A method's clips go out under one source type. Throws Error(kInput) for a second one.
  void require_one_type(const ListRecord& record) {
    const auto [known, is_new] = types_.emplace(record.get("method"), record);
    if (known->second.get("source_type") != record.get("source_type")) {
      throw Error(ErrorKind::kInput, known->second.place + " and " + record.place + ": method '" +
                                         record.get("method") + "' has the source types '" +
                                         known->second.get("source_type") + "' and '" +
                                         record.get("source_type") + "': give it two names");
    }
  }

  const CorpusFiles& files_;
  CorpusTerms fallback_;
  FakeCorpusScan scan_;
  std::map<std::string, ListRecord> types_;  ///< first record of each method
  std::set<std::string> listed_;
};

}  // namespace

CorpusDescription OutsideFakesCorpus::describe() const {
  return {"outside_fakes",
          "Fakes that others made, with fakes.csv or fakes.jsonl: what they declare about them",
          {"stated per file", "public-research", false},
          true};
}

CorpusScan OutsideFakesCorpus::scan(const std::filesystem::path& root) const {
  const CorpusFiles files(root);
  return OutsideScan(files, describe().terms).run();
}

}  // namespace changeling

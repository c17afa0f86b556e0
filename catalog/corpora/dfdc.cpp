#include "catalog/corpora/dfdc.h"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "catalog/corpora/csv_reader.h"
#include "catalog/corpora/fake_corpus_scan.h"
#include "catalog/corpora/listed_files.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {
namespace {

using nlohmann::json;

/// Several methods, which the release does not tell apart.
MethodRow challenge_fake() {
  return {"dfdc_fake", false, "compositeWithTrainedAlgorithmicMedia"};
}

std::string text_of(const json& entry, const char* member) {
  const auto found = entry.find(member);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The members of a JSON object in the order of its text, a name that stands twice included.
/// nullopt = the text is no object. Throws json::exception for broken JSON.
std::optional<std::vector<std::pair<std::string, json>>> members_of(const std::string& text) {
  using Event = json::parse_event_t;
  std::vector<std::pair<std::string, json>> members;
  std::string name;
  const json root = json::parse(text, [&](int depth, Event event, const json& parsed) {
    if (depth != 1) {
      return true;
    }
    if (event == Event::key) {
      name = parsed.get<std::string>();
    } else if (event == Event::value || event == Event::object_end || event == Event::array_end) {
      members.emplace_back(name, parsed);
    }
    return true;
  });
  return root.is_object() ? std::optional(std::move(members)) : std::nullopt;
}

class DfdcScan {
 public:
  DfdcScan(const CorpusFiles& files, const CorpusTerms& terms) : files_(files), scan_(terms) {}

  /// nullopt when there is no list.
  std::optional<CorpusScan> run() {
    int n_lists = 0;
    for (const std::string& path : files_.files()) {
      const std::size_t slash = path.rfind('/');
      const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
      const std::string name = path.substr(folder.size());
      if (name == "metadata.json" || name == "dataset.json") {
        read_json_list(path, folder);
      } else if (name == "labels.csv") {
        read_labels(path, folder);
      } else {
        continue;
      }
      ++n_lists;
    }
    std::set<std::string> listed;
    for (const auto& entry : listed_) {
      listed.insert(entry.first);
    }
    count_unlisted(files_, listed, scan_.problems());
    return n_lists > 0 ? std::optional(scan_.finish()) : std::nullopt;
  }

 private:
  void read_json_list(const std::string& path, const std::string& folder) {
    std::optional<std::vector<std::pair<std::string, json>>> list;
    try {
      list = members_of(read_file(files_.root() / path));
    } catch (const json::exception& error) {
      throw Error(ErrorKind::kInput, "'" + path + "' is no JSON: " + error.what());
    }
    if (!list) {
      throw Error(ErrorKind::kInput, "'" + path + "' is no object of videos");
    }
    for (const auto& [name, entry] : *list) {
      const std::string label = to_lower_ascii(entry.is_object() ? text_of(entry, "label") : "");
      if (label != "fake" && label != "real") {
        scan_.problems().add(ScanProblemKind::kBadValue,
                             path + ": '" + name.substr(0, 200) + "' has no label");
      } else if (const std::optional<std::string> video =
                     located(path, folder + name, {label == "fake", entry.dump()})) {
        add(*video, folder, entry, label == "fake");
      }
    }
  }

  void add(const std::string& video, const std::string& folder, const json& entry, bool is_fake) {
    const std::string target = text_of(entry, "target_id");
    const std::string original = text_of(entry, "original");
    std::string person = target;
    if (target.empty()) {
      const std::string shown = is_fake ? original : video.substr(folder.size());
      person = shown.empty() ? "" : "original_" + stem_of(shown);
    }
    if (!is_fake) {
      scan_.add_real(video, person, "dfdc:" + stem_of(video));
    } else {
      MediaRow& medium =
          scan_.add_fake(video, challenge_fake(), person, text_of(entry, "swapped_id"));
      if (!original.empty()) {
        medium.source_clip = "dfdc:" + stem_of(original);
      }
    }
    std::string part = text_of(entry, target.empty() ? "split" : "set");
    part = part == "validation" ? "val" : part;
    if (!person.empty() && (part == "train" || part == "val" || part == "test")) {
      scan_.set_part(person, part);
    }
  }

  void read_labels(const std::string& path, const std::string& folder) {
    CsvReader reader(files_.root() / path);
    reader.require_columns({"filename", "label"});
    const std::size_t name = *reader.find_column("filename");
    const std::size_t label = *reader.find_column("label");
    while (const std::optional<CsvRow> row = reader.next()) {
      const std::string place = path + " line " + std::to_string(row->line);
      if (!reader.fits(*row)) {
        scan_.problems().add(ScanProblemKind::kBadRow, place);
        continue;
      }
      const std::optional<std::string> code = parse_csv_id(row->fields[label]);
      if (code != "0" && code != "1") {
        scan_.problems().add(ScanProblemKind::kBadValue,
                             place + ": label '" + row->fields[label].substr(0, 60) + "'");
      } else if (const std::optional<std::string> video =
                     located(place, labelled_file(folder, row->fields[name]), {code == "1", {}})) {
        if (code == "1") {
          scan_.add_fake(*video, challenge_fake(), "", "");
        } else {
          scan_.add_real(*video, pseudo_subject_id(*video, 1), "dfdc:" + stem_of(*video));
        }
      }
    }
  }

  /// The listed file beside its list or in one of the folders that releases put it in.
  std::string labelled_file(const std::string& folder, const std::string& name) const {
    for (const char* below : {"", "videos/", "test/"}) {
      if (files_.files().count(folder + below + name) > 0) {
        return folder + below + name;
      }
    }
    return folder + name;
  }

  /// What a list says of a video.
  struct Said {
    bool is_fake = false;
    std::string entry;  ///< of a JSON list, whole

    [[nodiscard]] bool contradicts(const Said& other) const {
      const bool is_whole = !entry.empty() && !other.entry.empty();
      return is_fake != other.is_fake || (is_whole && entry != other.entry);
    }
  };

  /// The listed file when nothing was said of it before: the first that is said counts.
  std::optional<std::string> located(const std::string& list, const std::string& path,
                                     const Said& said) {
    std::optional<std::string> found = find_listed(files_, path, list, scan_.problems());
    if (!found) {
      return std::nullopt;
    }
    const auto [known, is_new] = listed_.emplace(*found, said);
    if (!is_new) {
      scan_.problems().add(said.contradicts(known->second) ? ScanProblemKind::kConflictingMedium
                                                           : ScanProblemKind::kRepeatedAnnotation,
                           list + ": '" + *found + "'");
      return std::nullopt;
    }
    return found;
  }

  const CorpusFiles& files_;
  FakeCorpusScan scan_;
  std::map<std::string, Said> listed_;
};

}  // namespace

CorpusDescription DfdcCorpus::describe() const {
  return {"dfdc",
          "Deepfake Detection Challenge (training parts, test, preview) with its fakes",
          {"DFDC: terms of use, research", "consented", false},
          false};
}

CorpusScan DfdcCorpus::scan(const std::filesystem::path& root) const {
  const CorpusFiles files(root);
  std::optional<CorpusScan> scan = DfdcScan(files, describe().terms).run();
  if (!scan) {
    throw Error(ErrorKind::kInput,
                "'" + root.string() + "' has no metadata.json, labels.csv or dataset.json");
  }
  return *scan;
}

}  // namespace changeling

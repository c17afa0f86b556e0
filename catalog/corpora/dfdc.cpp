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
#include "common/base/json_depth.h"

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
    for (const auto& [video, claims] : claims_) {
      listed.insert(video);
      add(video, claims);
    }
    count_unlisted(files_, listed, scan_.problems());
    return n_lists > 0 ? std::optional(scan_.finish()) : std::nullopt;
  }

 private:
  void read_json_list(const std::string& path, const std::string& folder) {
    const std::string text = read_file(files_.root() / path);
    refuse_deep_json(text, "'" + path + "'");
    std::optional<std::vector<std::pair<std::string, json>>> list;
    try {
      list = members_of(text);
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
      } else {
        note(folder + name, {path, folder, entry, label == "fake"});
      }
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
      } else {
        note(labelled_file(folder, row->fields[name]), {place, folder, {}, code == "1"});
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
  struct Claim {
    std::string place;   ///< list, or its line
    std::string folder;  ///< of the list, "" or with a slash at its end
    json entry;          ///< of a JSON list; null in a labels.csv
    bool is_fake = false;

    [[nodiscard]] bool differs(const Claim& other) const {
      return !entry.is_null() && !other.entry.is_null() && entry != other.entry;
    }
  };

  void note(const std::string& path, Claim claim) {
    const std::optional<std::string> video =
        find_listed(files_, path, claim.place, scan_.problems());
    if (video) {
      claims_[*video].push_back(std::move(claim));
    }
  }

  /// A video that lists call fake and real has no label and is left out; else the first entry
  /// counts.
  void add(const std::string& video, const std::vector<Claim>& claims) {
    const Claim& first = claims.front();
    for (const Claim& claim : claims) {
      if (claim.is_fake != first.is_fake) {
        scan_.problems().add(ScanProblemKind::kConflictingMedium,
                             claim.place + ": '" + video + "' is listed as fake and as real");
        return;
      }
    }
    for (auto claim = claims.begin() + 1; claim != claims.end(); ++claim) {
      scan_.problems().add(claim->differs(first) ? ScanProblemKind::kConflictingMedium
                                                 : ScanProblemKind::kRepeatedAnnotation,
                           claim->place + ": '" + video + "'");
    }
    if (!first.entry.is_null()) {
      add_described(video, first);
    } else if (first.is_fake) {
      scan_.add_fake(video, challenge_fake(), "", "");
    } else {
      scan_.add_real(video, pseudo_subject_id(video, 1), "dfdc:" + stem_of(video));
    }
  }

  void add_described(const std::string& video, const Claim& claim) {
    const json& entry = claim.entry;
    const std::string target = text_of(entry, "target_id");
    const std::string original = text_of(entry, "original");
    std::string person = target;
    if (target.empty()) {
      const std::string shown = claim.is_fake ? original : video.substr(claim.folder.size());
      person = shown.empty() ? "" : "original_" + stem_of(shown);
    }
    if (!claim.is_fake) {
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

  const CorpusFiles& files_;
  FakeCorpusScan scan_;
  std::map<std::string, std::vector<Claim>> claims_;  ///< of each listed file, in reading order
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

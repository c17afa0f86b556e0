#include "catalog/corpora/ffpp.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "catalog/corpora/csv_reader.h"
#include "catalog/corpora/fake_corpus_scan.h"
#include "catalog/corpora/ffpp_recordings.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/json_depth.h"

namespace changeling {
namespace {

using nlohmann::json;

constexpr std::string_view kOriginals = "original_sequences";
constexpr std::string_view kFakes = "manipulated_sequences";

/// FaceSwap pastes the source's captured texture; Face2Face renders the target's face anew; the
/// others are networks.
MethodRow method_row(const std::string& folder) {
  MethodRow method;
  method.name = "ffpp_" + to_lower_ascii(folder);
  method.digital_source_type = folder == "FaceSwap"    ? "compositeCapture"
                               : folder == "Face2Face" ? "compositeSynthetic"
                                                       : "compositeWithTrainedAlgorithmicMedia";
  return method;
}

json read_json(const CorpusFiles& files, const std::string& rel_path) {
  const std::string text = read_file(files.root() / rel_path);
  refuse_deep_json(text, "'" + rel_path + "'");
  try {
    return json::parse(text);
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kInput, "'" + rel_path + "' is no JSON: " + error.what());
  }
}

/// "606" -> "605": the first video of the recording; nullopt for a name that is none of the public
/// release's thousand.
std::optional<std::string> first_of_recording(const std::string& id) {
  const bool is_number =
      std::all_of(id.begin(), id.end(), [](unsigned char sign) { return std::isdigit(sign) != 0; });
  if (id.size() != 3 || !is_number) {
    return std::nullopt;
  }
  char first[16];
  std::snprintf(first, sizeof first, "%03d", ffpp_first_video(std::stoi(id)));
  return first;
}

/// Reads one release.
class FfppScan {
 public:
  FfppScan(const CorpusFiles& files, std::string release, const CorpusTerms& terms)
      : files_(files), release_(std::move(release)), scan_(terms) {}

  CorpusScan run() {
    read_recordings();
    for (const std::string& path : files_.files()) {
      if (path.compare(0, release_.size(), release_) == 0 && has_video_suffix(path)) {
        add_video(path, split_text(path.substr(release_.size()), '/'));
      }
    }
    for (const char* part : {"train", "val", "test"}) {
      read_part(part);
    }
    report_unlisted();
    return scan_.finish();
  }

 private:
  /// conversion_dict.json: video id -> "<id of the recording> <number of the cut>".
  void read_recordings() {
    const std::optional<std::string> folder = parent_of(files_, "conversion_dict.json");
    if (!folder) {
      return;
    }
    has_recordings_ = true;
    const json recordings = read_json(files_, *folder + "conversion_dict.json");
    for (const auto& [id, origin] : recordings.items()) {
      if (origin.is_string()) {
        recordings_[id] = split_text(origin.get<std::string>(), ' ').front();
      }
    }
  }

  /// splits/<part>.json: a list of pairs of video ids.
  void read_part(const std::string& part) {
    const std::optional<std::string> folder = parent_of(files_, "splits");
    const std::string path = folder.value_or("") + "splits/" + part + ".json";
    if (!folder || files_.files().count(path) == 0) {
      return;
    }
    for (const json& pair : read_json(files_, path)) {
      for (const json& id : pair) {
        if (id.is_string()) {
          scan_.set_part(id.get<std::string>(), part);
        } else {
          scan_.problems().add(ScanProblemKind::kBadValue, path + ": " + id.dump());
        }
      }
    }
  }

  void add_video(const std::string& path, const std::vector<std::string>& parts) {
    // <kind>/<origin or method>/<compression>/videos/<file>
    const bool is_placed = parts.size() == 5 && parts[3] == "videos";
    if (is_placed && parts[2] == "masks") {
      return;
    }
    if (is_placed && parts[0] == kOriginals) {
      add_original(path, parts[1]);
    } else if (is_placed && parts[0] == kFakes) {
      add_fake(path, parts[1]);
    } else {
      scan_.problems().add(ScanProblemKind::kNoSubjectRow, "'" + path + "'");
    }
  }

  void add_original(const std::string& path, const std::string& origin) {
    const std::string name = stem_of(path);
    if (origin == "actors") {  // 01__exit_phone_room
      scan_.add_real(path, "actor_" + split_text(name, '_').front(), "actors:" + name);
      return;
    }
    scan_.add_real(path, name, youtube_clip(name));
  }

  std::string youtube_clip(const std::string& id) {
    auto recording = recordings_.find(id);
    if (recording != recordings_.end()) {
      return "youtube:" + recording->second;
    }
    const std::optional<std::string> first = first_of_recording(id);
    if (!first) {
      unlisted_.insert(id);
      return "youtube:" + id;
    }
    recording = recordings_.find(*first);
    return "youtube:" + (recording == recordings_.end() ? *first : recording->second);
  }

  /// Two videos of one recording would train and test, were they taken for two.
  void report_unlisted() {
    if (!unlisted_.empty()) {
      scan_.problems().add(ScanProblemKind::kNoRecordingsList,
                           (has_recordings_ ? "conversion_dict.json does not name '"
                                            : "conversion_dict.json is missing: '") +
                               *unlisted_.begin() + "'",
                           static_cast<std::int64_t>(unlisted_.size()));
    }
  }

  /// 033_097, or 02_06__exit_phone_room__AB12CD34 of DeepFakeDetection.
  void add_fake(const std::string& path, const std::string& method) {
    const std::string name = stem_of(path);
    const std::vector<std::string> ids = split_text(name.substr(0, name.find("__")), '_');
    const bool is_acted = name.find("__") != std::string::npos;
    const std::string prefix = is_acted ? "actor_" : "";
    if (ids.size() != 2 || ids[0].empty() || ids[1].empty()) {
      scan_.problems().add(ScanProblemKind::kBadValue, "'" + path + "' names no two people");
      scan_.add_fake(path, method_row(method), "", "");
      return;
    }
    MediaRow& medium = scan_.add_fake(path, method_row(method), prefix + ids[0], prefix + ids[1]);
    const std::size_t scene = name.find("__");
    medium.source_clip = is_acted
                             ? "actors:" + ids[0] + name.substr(scene, name.rfind("__") - scene)
                             : youtube_clip(ids[0]);
  }

  const CorpusFiles& files_;
  std::string release_;
  FakeCorpusScan scan_;
  bool has_recordings_ = false;
  std::map<std::string, std::string> recordings_;
  std::set<std::string>
      unlisted_;  ///< videos whose recording no list names, nor the public release
};

}  // namespace

CorpusDescription FfppCorpus::describe() const {
  return {"ffpp",
          "FaceForensics++ and DeepFakeDetection with their fakes",
          {"FaceForensics++: terms of use, research", "public-research", false},
          false};
}

CorpusScan FfppCorpus::scan(const std::filesystem::path& root) const {
  const CorpusFiles files(root);
  std::optional<std::string> release = parent_of(files, kOriginals);
  if (!release) {
    release = parent_of(files, kFakes);
  }
  if (!release) {
    throw Error(ErrorKind::kInput, "'" + root.string() +
                                       "' has neither original_sequences nor "
                                       "manipulated_sequences up to three folders below it");
  }
  return FfppScan(files, *release, describe().terms).run();
}

}  // namespace changeling

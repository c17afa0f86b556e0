// Celeb-DF: Celeb-real, YouTube-real, Celeb-synthesis and List_of_testing_videos.txt, whose label 1
// means real.
#include <cstdio>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "catalog/export/export_format.h"
#include "common/base/atomic_file.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFolder = "celebdf";
constexpr const char* kTestList = "List_of_testing_videos.txt";
constexpr const char* kValList = "List_of_validation_videos.txt";
constexpr int kNextFake = 10000;  ///< added to the number of a further fake of one clip and person

std::string padded(int number, int digits) {
  char text[24];
  std::snprintf(text, sizeof text, "%0*d", digits, number);
  return text;
}

/// Paths of the clips: idA_NNNN of controls, idA_idB_NNNN of their fakes (A is seen, B lent the
/// face), NNNNN of other footage.
class VideoNames {
 public:
  explicit VideoNames(const ExportSet& set) {
    for (const SetEntry& entry : set.entries()) {
      if (entry.label != "fake") {
        add_real(set.load(entry));
      }
    }
    for (const SetEntry& entry : set.entries()) {
      if (entry.label == "fake") {
        add_fake(set.load(entry));
      }
    }
  }

  [[nodiscard]] const std::string& path(const std::string& key) const { return paths_.at(key); }

 private:
  /// A person's number; nobody known = a number of the clip's own.
  int person(const std::string& person_key, const std::string& item_key) {
    const std::string& who = person_key.empty() ? item_key : person_key;
    return people_.emplace(who, static_cast<int>(people_.size())).first->second;
  }

  void add_real(const ExportItem& item) {
    if (item.label == "real") {
      paths_[item.key] = "YouTube-real/" + padded(n_other_++, 5) + item.extension;
      return;
    }
    const int who = person(item.target_key, item.key);
    const int number = clips_[who]++;
    numbers_[item.key] = number;
    paths_[item.key] =
        "Celeb-real/id" + std::to_string(who) + "_" + padded(number, 4) + item.extension;
  }

  void add_fake(const ExportItem& item) {
    const int target = person(item.target_key, item.key);
    const int source = person(item.source_key, item.key);
    const auto control = numbers_.find(item.control_key);
    const std::string stem =
        "Celeb-synthesis/id" + std::to_string(target) + "_id" + std::to_string(source) + "_";
    int number = control != numbers_.end() ? control->second : clips_[target]++;
    while (!used_.insert(stem + padded(number, 4)).second) {
      number += kNextFake;
    }
    paths_[item.key] = stem + padded(number, 4) + item.extension;
  }

  std::map<std::string, int> people_, numbers_;
  std::map<int, int> clips_;
  std::map<std::string, std::string> paths_;
  std::set<std::string> used_;
  int n_other_ = 0;
};

/// Path -> label of a list, as `<label> <path>` lines.
std::map<std::string, int> read_list(const fs::path& file) {
  std::map<std::string, int> labels;
  std::ifstream lines(file);
  int label = 0;
  std::string path;
  while (lines >> label >> path) {
    labels[path] = label;
  }
  return labels;
}

}  // namespace

WrittenLayout write_celebdf(const ExportSet& set, ExportFolder& out) {
  const VideoNames names(set);
  const std::string root = std::string(kFolder) + "/";
  std::map<std::string, std::string> lists;  // part -> lines
  json index = json::object();
  for (const SetEntry& entry : set.entries()) {
    const ExportItem item = set.load(entry);
    const std::string& path = names.path(item.key);
    out.copy(item.video, root + path);
    lists[item.part] += std::to_string(1 - label_number(item.label)) + " " + path + "\n";
    index[path] = item.key;
    write_sidecar(kFolder, item, out);
    set.tick();
  }
  out.write(root + kTestList, lists["test"]);
  out.write(root + kValList, lists["val"]);
  out.write(root + "index.json", index.dump(1) + "\n");
  return {{}, {"celebdf/*-real/*", "celebdf/Celeb-synthesis/*"}, "video/mp4"};
}

std::vector<std::string> check_celebdf(const fs::path& folder, const KnownItems& items) {
  FoundItems found(kFolder, items);
  const std::map<std::string, int> test = read_list(folder / kTestList);
  const std::map<std::string, int> val = read_list(folder / kValList);
  const json index = json::parse(read_file(folder / "index.json"));
  for (const auto& [path, value] : index.items()) {
    const auto key = value.get<std::string>();
    const bool is_fake = *fs::path(path).begin() == "Celeb-synthesis";
    const bool is_test = test.count(path) > 0, is_val = val.count(path) > 0;
    found.add(key, is_fake ? 1 : 0, is_test ? "test" : is_val ? "val" : "train");
    if ((is_test && test.at(path) != (is_fake ? 0 : 1)) ||
        (is_val && val.at(path) != (is_fake ? 0 : 1))) {
      found.fault("item " + key + " has the other label in its list");
    }
    found.check_video(key, sha256_file(folder / path));
  }
  for (const auto& list : {test, val}) {
    for (const auto& entry : list) {
      if (!index.contains(entry.first)) {
        found.fault("a list names '" + entry.first + "', which is not there");
      }
    }
  }
  return found.finish();
}

}  // namespace changeling

// Deepfake Detection Challenge: folders of about 1,000 clips with a metadata.json; the test part in
// one folder with labels.csv.
#include <fstream>

#include <nlohmann/json.hpp>

#include "catalog/export/export_format.h"
#include "common/base/atomic_file.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFolder = "dfdc";
constexpr std::size_t kClipsOfAFolder = 1000;

std::string part_folder(const std::string& part, std::size_t index) {
  return part == "test" ? "dfdc_test" : "dfdc_" + part + "_part_" + std::to_string(index);
}

/// Groups in folders of 1,000 clips; a fake and its original share a folder.
std::vector<ItemGroup> plan_folders(const ExportSet& set, const std::string& part) {
  std::vector<ItemGroup> folders;
  for (const ItemGroup& group : set.groups(part)) {
    if (folders.empty() || (part != "test" && folders.back().size() >= kClipsOfAFolder)) {
      folders.emplace_back();
    }
    folders.back().insert(folders.back().end(), group.begin(), group.end());
  }
  return folders;
}

json metadata_entry(const ExportItem& item, const std::string& original) {
  json entry = {{"label", item.is_fake() ? "FAKE" : "REAL"}, {"split", item.part}};
  if (!original.empty()) {
    entry["original"] = original;
  }
  return entry;
}

void write_part(const ExportSet& set, const std::string& part, std::size_t index,
                const ItemGroup& group, ExportFolder& out) {
  const std::string root = std::string(kFolder) + "/" + part_folder(part, index) + "/";
  json metadata = json::object();
  std::map<std::string, std::string> names;  // of real clips, which come before their fakes
  std::string labels = "filename,label\n";
  for (const SetEntry& entry : group) {
    const ExportItem item = set.load(entry);
    names[item.key] = item.file_name();
    const auto original = names.find(entry.control_key);
    metadata[item.file_name()] =
        metadata_entry(item, original == names.end() ? std::string() : original->second);
    labels += item.file_name() + "," + std::to_string(label_number(item.label)) + "\n";
    out.copy(item.video, root + item.file_name());
    write_sidecar(kFolder, item, out);
    set.tick();
  }
  if (part == "test") {
    out.write(root + "labels.csv", labels);
  } else {
    out.write(root + "metadata.json", metadata.dump(1) + "\n");
  }
}

void check_metadata(const fs::path& folder, const KnownItems& items, FoundItems& found) {
  const json metadata = json::parse(read_file(folder / "metadata.json"));
  for (const auto& [name, entry] : metadata.items()) {
    const std::string key = fs::path(name).stem();
    const bool is_fake = entry.at("label") == "FAKE";
    found.add(key, is_fake ? 1 : 0, entry.at("split").get<std::string>());
    found.check_video(key, sha256_file(folder / name));
    const auto known = items.find(key);
    const std::string original = fs::path(entry.value("original", "")).stem();
    if (known != items.end() && original != known->second.control_key) {
      found.fault("item " + key + " names another original than items.jsonl");
    }
    if (!original.empty() && !metadata.contains(entry.at("original").get<std::string>())) {
      found.fault("the original of item " + key + " is not in its folder");
    }
  }
}

void check_labels(const fs::path& folder, FoundItems& found) {
  std::ifstream lines(folder / "labels.csv");
  std::string line;
  std::getline(lines, line);
  if (line != "filename,label") {
    found.fault("labels.csv has another header");
  }
  while (std::getline(lines, line)) {
    const std::string name = line.substr(0, line.find(','));
    const std::string key = fs::path(name).stem();
    found.add(key, line.substr(name.size()) == ",1" ? 1 : 0, "test");
    found.check_video(key, sha256_file(folder / name));
  }
}

}  // namespace

WrittenLayout write_dfdc(const ExportSet& set, ExportFolder& out) {
  for (const char* part : kParts) {
    std::size_t index = 0;
    for (const ItemGroup& group : plan_folders(set, part)) {
      write_part(set, part, index++, group, out);
    }
  }
  return {{}, {"dfdc/dfdc_*/*.mp4"}, "video/mp4"};
}

std::vector<std::string> check_dfdc(const fs::path& folder, const KnownItems& items) {
  FoundItems found(kFolder, items);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (fs::exists(entry.path() / "metadata.json")) {
      check_metadata(entry.path(), items, found);
    } else if (fs::exists(entry.path() / "labels.csv")) {
      check_labels(entry.path(), found);
    }
  }
  return found.finish();
}

}  // namespace changeling

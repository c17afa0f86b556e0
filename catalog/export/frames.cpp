// Face crops as PNG files: Hugging Face `imagefolder` with metadata.jsonl per part, and one plain
// CSV list.
#include <algorithm>
#include <cstdio>
#include <fstream>

#include <nlohmann/json.hpp>

#include "catalog/export/export_format.h"
#include "catalog/export/face_frames.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFolder = "frames";
constexpr const char* kHeader = "path,label,part,key,frame,method,control_key\n";

std::string picture_name(const ExportItem& item, std::int64_t frame) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%06lld", static_cast<long long>(frame));
  return std::string(item.is_fake() ? "fake/" : "real/") + item.key + "_" + digits + ".png";
}

/// The crops of an item: copies of those that deepfakebench has written already, or new ones.
void write_pictures(const ExportSet& set, const ExportItem& item,
                    const std::vector<std::string>& paths, ExportFolder& out) {
  const std::vector<std::string>& formats = set.spec().formats;
  std::size_t i = 0;
  if (std::find(formats.begin(), formats.end(), "deepfakebench") != formats.end()) {
    for (const FaceObservation& face : chosen_faces(set, item)) {
      out.repeat(deepfakebench_crop(set, item, face.frame_index), paths[i++]);
    }
    return;
  }
  for (const FaceFrame& frame : face_frames(set, item)) {
    out.write(paths[i++], labelled_picture(frame, item));
  }
}

void write_item(const ExportSet& set, const ExportItem& item, ExportFile& metadata,
                ExportFile& list, ExportFolder& out) {
  const std::string root = hub_part(item.part) + "/";
  const int label = label_number(item.label);
  std::vector<std::string> paths;
  for (const FaceObservation& face : chosen_faces(set, item)) {
    const std::string name = picture_name(item, face.frame_index);
    paths.push_back(std::string(kFolder) + "/" + root + name);
    metadata.write(json{{"file_name", name},
                        {"label", label},
                        {"key", item.key},
                        {"frame", face.frame_index},
                        {"kind", item.label},
                        {"method", item.method},
                        {"control_key", item.control_key}}
                       .dump() +
                   "\n");
    list.write(root + name + "," + std::to_string(label) + "," + item.part + "," + item.key + "," +
               std::to_string(face.frame_index) + "," + item.method + "," + item.control_key +
               "\n");
  }
  write_pictures(set, item, paths, out);
}

/// What a part's metadata says of each item: its label, the same on every line.
std::map<std::string, int> labels_of_part(const fs::path& root, FoundItems& found) {
  std::map<std::string, int> labels;
  std::ifstream lines(root / "metadata.jsonl");
  std::string line;
  while (std::getline(lines, line)) {
    const json value = json::parse(line);
    const auto name = value.at("file_name").get<std::string>();
    const auto key = value.at("key").get<std::string>();
    const int label = value.at("label").get<int>();
    const bool is_known = labels.emplace(key, label).second;
    if (!is_known && labels.at(key) != label) {
      found.fault("item " + key + " has two labels");
    }
    if (fs::path(name).parent_path() != (label == 1 ? "fake" : "real") ||
        fs::path(name).filename().string().rfind(key + "_", 0) != 0) {
      found.fault("'" + name + "' is named as another item or label");
    }
    if (fs::is_regular_file(root / name)) {
      found.check_picture(key, root / name);
    } else {
      found.fault("'" + name + "' is missing");
    }
  }
  return labels;
}

}  // namespace

WrittenLayout write_frames(const ExportSet& set, ExportFolder& out) {
  ExportFile list = out.open(std::string(kFolder) + "/frames.csv");
  list.write(kHeader);
  for (const char* part : kParts) {
    const std::vector<ItemGroup> groups = set.groups(part);
    if (groups.empty()) {
      continue;
    }
    ExportFile metadata = out.open(std::string(kFolder) + "/" + hub_part(part) + "/metadata.jsonl");
    for (const ItemGroup& group : groups) {
      for (const SetEntry& entry : group) {
        const ExportItem item = set.load(entry);
        write_item(set, item, metadata, list, out);
        write_sidecar(kFolder, item, out);
        set.tick();
      }
    }
    metadata.close();
  }
  list.close();
  return {{}, {"frames/*/fake/*.png", "frames/*/real/*.png"}, "image/png"};
}

std::vector<std::string> check_frames(const fs::path& folder, const KnownItems& items) {
  FoundItems found(kFolder, items);
  std::size_t pictures = 0;
  for (const char* part : kParts) {
    for (const auto& [key, label] : labels_of_part(folder / hub_part(part), found)) {
      found.add(key, label, part);
    }
  }
  std::ifstream list(folder / "frames.csv");
  std::string line;
  std::getline(list, line);
  while (std::getline(list, line)) {
    ++pictures;
    if (!fs::is_regular_file(folder / line.substr(0, line.find(',')))) {
      found.fault("frames.csv names '" + line.substr(0, line.find(',')) + "', which is not there");
    }
  }
  if (pictures == 0) {
    found.fault("frames.csv names no picture");
  }
  return found.finish();
}

}  // namespace changeling

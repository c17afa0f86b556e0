// Face crops as PNG files: Hugging Face `imagefolder` with metadata.jsonl per part, and one plain
// CSV list.
#include <cstdio>
#include <fstream>

#include <nlohmann/json.hpp>

#include "catalog/export/export_format.h"
#include "catalog/export/face_frames.h"
#include "common/media/image_codec.h"

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

void write_item(const ExportSet& set, const ExportItem& item, ExportFile& metadata,
                ExportFile& list, ExportFolder& out) {
  const std::string root = hub_part(item.part) + "/";
  const int label = label_number(item.label);
  for (const FaceFrame& frame : face_frames(set, item)) {
    const std::string name = picture_name(item, frame.frame_index);
    out.write(std::string(kFolder) + "/" + root + name, encode_png(frame.picture));
    metadata.write(json{{"file_name", name},
                        {"label", label},
                        {"key", item.key},
                        {"frame", frame.frame_index},
                        {"kind", item.label},
                        {"method", item.method},
                        {"control_key", item.control_key}}
                       .dump() +
                   "\n");
    list.write(root + name + "," + std::to_string(label) + "," + item.part + "," + item.key + "," +
               std::to_string(frame.frame_index) + "," + item.method + "," + item.control_key +
               "\n");
  }
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
    if (!fs::is_regular_file(root / name)) {
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

// Hugging Face `videofolder`: <part>/{real,fake}/<key>.mp4 and one metadata.jsonl per part.
#include <fstream>

#include <nlohmann/json.hpp>

#include "catalog/export/export_format.h"
#include "common/base/error.h"

namespace changeling {
namespace {

using nlohmann::json;

constexpr const char* kFolder = "videofolder";

/// Every value is a text or a number, and none is null: Hugging Face's loader infers a type for
/// each part, refuses parts that differ, and takes `*_file_name` for a file that is there. An empty
/// list has no type of its own, so spans are the text of one.
json metadata_line(const ExportItem& item) {
  json spans = json::array();
  for (const ManipulatedSpan& span : item.spans) {
    if (span.status == FrameStatus::kSwapped) {
      spans.push_back({span.first_frame, span.last_frame});
    }
  }
  const bool has_mask = item.masks.count("changed") > 0;
  return {{"file_name", std::string(item.is_fake() ? "fake" : "real") + "/" + item.file_name()},
          {"mask_path", has_mask ? "masks/" + item.key + ".mkv" : std::string()},
          {"label", label_number(item.label)},
          {"kind", item.label},
          {"method", item.method},
          {"control_key", item.control_key},
          {"target_key", item.target_key},
          {"source_key", item.source_key},
          {"spans", spans.dump()}};
}

/// Earlier programs called it mask_file_name and wrote null for none.
std::string mask_path(const json& line) {
  for (const char* member : {"mask_path", "mask_file_name"}) {
    if (const auto mask = line.find(member); mask != line.end() && mask->is_string()) {
      return mask->get<std::string>();
    }
  }
  return {};
}

}  // namespace

WrittenLayout write_videofolder(const ExportSet& set, ExportFolder& out) {
  for (const char* part : kParts) {
    const std::vector<ItemGroup> groups = set.groups(part);
    if (groups.empty()) {
      continue;
    }
    const std::string root = std::string(kFolder) + "/" + hub_part(part) + "/";
    ExportFile metadata = out.open(root + "metadata.jsonl");
    for (const ItemGroup& group : groups) {
      for (const SetEntry& entry : group) {
        const ExportItem item = set.load(entry);
        const json line = metadata_line(item);
        out.copy(item.video, root + line.at("file_name").get<std::string>());
        if (const auto mask = item.masks.find("changed"); mask != item.masks.end()) {
          out.copy(mask->second, root + line.at("mask_path").get<std::string>());
        }
        write_sidecar(kFolder, item, out);
        metadata.write(line.dump() + "\n");
        set.tick();
      }
    }
    metadata.close();
  }
  return {{}, {"videofolder/*/fake/*", "videofolder/*/real/*"}, "video/mp4"};
}

std::vector<std::string> check_videofolder(const std::filesystem::path& folder,
                                           const KnownItems& items) {
  FoundItems found(kFolder, items);
  for (const char* part : kParts) {
    const std::filesystem::path root = folder / hub_part(part);
    std::ifstream lines(root / "metadata.jsonl");
    std::string line;
    while (std::getline(lines, line)) {
      const json value = json::parse(line);
      const std::filesystem::path file = value.at("file_name").get<std::string>();
      const std::string key = file.stem();
      found.add(key, value.at("label").get<int>(), part);
      if (file.parent_path() != (value.at("label") == 1 ? "fake" : "real")) {
        found.fault("item " + key + " lies in the folder of the other label");
      }
      found.check_video(key, sha256_file(root / file));
      if (const std::string mask = mask_path(value); !mask.empty()) {
        found.check_mask(key, "changed", sha256_file(root / mask));
      }
    }
  }
  return found.finish();
}

}  // namespace changeling

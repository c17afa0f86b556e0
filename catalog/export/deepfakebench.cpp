// DeepfakeBench: face crops with masks and landmarks, and the JSON of its preprocessing. The traps
// of its loader stand in docs/formats/dataset.md.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include <nlohmann/json.hpp>

#include "catalog/export/export_format.h"
#include "catalog/export/face_frames.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/image_codec.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFolder = "deepfakebench";
constexpr std::size_t kLandmarks = 81;

/// Every occurrence, as Python's str.replace.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string mask_path(const std::string& frame) {
  return replaced(frame, "frames", "masks");
}

std::string landmark_path(const std::string& frame) {
  return replaced(replaced(frame, "frames", "landmarks"), ".png", ".npy");
}

/// Shape of a .npy file of version 1.0, little-endian float32, padded to 64 bytes.
std::string npy_head() {
  std::string head = "{'descr': '<f4', 'fortran_order': False, 'shape': (81, 2), }";
  head.resize(128 - 10 - 1, ' ');
  head += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(head.size()) + '\0' + head;
}

std::string npy(const std::vector<PointF>& points) {
  std::string bytes = npy_head();
  for (const PointF& point : points) {
    for (const float value : {point.x, point.y}) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, &value, sizeof bits);
      for (int shift = 0; shift < 32; shift += 8) {
        bytes += static_cast<char>(bits >> shift & 0xFF);
      }
    }
  }
  return bytes;
}

/// Below the format's folder.
std::string crop_path(const ExportSet& set, const ExportItem& item, std::int64_t frame) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%03lld", static_cast<long long>(frame));
  return "datasets/rgb/" + set.spec().name + "/" + item.part + "/frames/" + item.key + "/" +
         digits + ".png";
}

/// Writes the files of an item; its entry in the JSON.
json write_item(const ExportSet& set, const ExportItem& item, const std::string& label,
                ExportFolder& out) {
  json frames = json::array(), masks = json::array();
  for (const FaceFrame& frame : face_frames(set, item)) {
    const std::string path = crop_path(set, item, frame.frame_index);
    const std::string root = std::string(kFolder) + "/";
    out.write(root + path, labelled_picture(frame, item));
    out.write(root + landmark_path(path), npy(with_forehead(frame.landmarks)));
    frames.push_back("./" + path);
    if (frame.mask) {
      out.write(root + mask_path(path), encode_png(*frame.mask));
      masks.push_back("./" + mask_path(path));
    }
  }
  return {{"label", label}, {"frames", std::move(frames)}, {"masks", std::move(masks)}};
}

/// `"<name>_Fake": {"train": {...}, ...}`, written as items come: a list of all frames would not
/// fit into memory. Every part stands there, even if empty.
void write_label(const ExportSet& set, const std::string& suffix, ExportFile& list,
                 ExportFolder& out) {
  const std::string label = set.spec().name + suffix;
  list.write(json(label).dump() + ": {");
  const char* before_part = "\n";
  for (const char* part : kParts) {
    list.write(before_part + json(part).dump() + ": {");
    before_part = ",\n";
    const char* separator = "\n";
    for (const SetEntry& entry : set.entries()) {
      if (entry.part != part || (entry.label == "fake") != (suffix == "_Fake")) {
        continue;
      }
      const ExportItem item = set.load(entry);
      list.write(separator + json(item.key).dump() + ": " +
                 write_item(set, item, label, out).dump());
      separator = ",\n";
      write_sidecar(kFolder, item, out);
      set.tick();
    }
    list.write("}");
  }
  list.write("}");
}

/// Reads the folder as the loader does.
class Loader {
 public:
  Loader(const fs::path& folder, const KnownItems& items)
      : folder_(folder), found_(kFolder, items) {}

  std::vector<std::string> run() {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
      if (entry.path().extension() == ".json") {
        const std::string name = entry.path().stem();
        const json document = json::parse(read_file(entry.path()));
        const json& root = document.at(name);  // a copy would recurse, as deep as the file says
        for (const int number : {0, 1}) {
          const std::string label = name + (number == 1 ? "_Fake" : "_Real");
          for (const char* part : kParts) {
            for (const auto& [key, video] : root.at(label).at(part).items()) {
              check_video(key, video, label, number, part);
            }
          }
        }
      }
    }
    return found_.finish();
  }

 private:
  void check_video(const std::string& key, const json& video, const std::string& label, int number,
                   const std::string& part) {
    found_.add(key, number, part);
    const json& frames = video.at("frames");
    if (video.at("label") != label || frames.empty() || frames.size() > kFramesOfAnItem) {
      found_.fault("item " + key + " has another label, no frame or more than 32");
    }
    std::int64_t last = -1;
    for (const json& frame : frames) {
      const auto path = frame.get<std::string>();
      const std::string stem = fs::path(path).stem();
      const bool is_number = !stem.empty() && std::all_of(stem.begin(), stem.end(), [](char c) {
        return c >= '0' && c <= '9';
      });
      if (path.empty() || path.front() != '.' || !is_number || std::stoll(stem) <= last ||
          fs::path(path).parent_path().filename() != key) {
        found_.fault("frame '" + path + "' is not named as the loader needs");
        continue;
      }
      last = std::stoll(stem);
      check_files(key, path, number == 1);
    }
  }

  void check_files(const std::string& key, const std::string& path, bool is_fake) {
    if (fs::is_regular_file(folder_ / path)) {
      found_.check_picture(key, folder_ / path);
    } else {
      found_.fault("'" + path + "' is missing");
    }
    if (is_fake && !fs::is_regular_file(folder_ / mask_path(path))) {
      found_.fault("'" + path + "' has no mask");
    }
    const fs::path points = folder_ / landmark_path(path);
    if (!fs::is_regular_file(points) || fs::file_size(points) != 128 + kLandmarks * 8 ||
        read_file(points).substr(0, 128) != npy_head()) {
      found_.fault("'" + path + "' has no 81 landmarks");
    }
  }

  const fs::path& folder_;
  FoundItems found_;
};

}  // namespace

std::string deepfakebench_crop(const ExportSet& set, const ExportItem& item, std::int64_t frame) {
  return std::string(kFolder) + "/" + crop_path(set, item, frame);
}

WrittenLayout write_deepfakebench(const ExportSet& set, ExportFolder& out) {
  const std::string& name = set.spec().name;
  if (name.find("frames") != std::string::npos) {
    throw Error(ErrorKind::kConfig, "export.name: '" + name +
                                        "' holds 'frames', which DeepfakeBench replaces in paths");
  }
  const std::string folder = std::string(kFolder) + "/";
  ExportFile list = out.open(folder + name + ".json");
  list.write("{" + json(name).dump() + ": {\n");
  write_label(set, "_Real", list, out);
  list.write(",\n");
  write_label(set, "_Fake", list, out);
  list.write("\n}}\n");
  list.close();
  out.write(folder + "label_dict.yaml", name + "_Real: 0\n" + name + "_Fake: 1\n");
  return {{}, {"deepfakebench/datasets/rgb/*/*/frames/*/*.png"}, "image/png"};
}

std::vector<std::string> check_deepfakebench(const fs::path& folder, const KnownItems& items) {
  return Loader(folder, items).run();
}

}  // namespace changeling

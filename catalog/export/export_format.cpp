#include "catalog/export/export_format.h"

#include <fstream>

#include "common/base/error.h"
#include "common/base/png_label.h"

namespace changeling {

const std::vector<ExportFormat>& builtin_formats() {
  static const std::vector<ExportFormat> formats = {
      {"webdataset", "ustar shards of clip, description and masks, for webdataset",
       write_webdataset, check_webdataset},
      {"videofolder", "folders of clips with metadata.jsonl, for Hugging Face datasets",
       write_videofolder, check_videofolder},
      {"ffpp", "tree of FaceForensics++ with masks and lists of pairs", write_ffpp, check_ffpp},
      {"dfdc", "folders of the Deepfake Detection Challenge with metadata.json", write_dfdc,
       check_dfdc},
      {"celebdf", "folders of Celeb-DF with its list of test videos", write_celebdf, check_celebdf},
      {"frames", "face crops as PNG, for imagefolder and as a CSV list", write_frames,
       check_frames},
      {"deepfakebench", "face crops, masks and landmarks with the JSON that DeepfakeBench reads",
       write_deepfakebench, check_deepfakebench},
  };
  return formats;
}

void write_sidecar(const std::string& folder, const ExportItem& item, ExportFolder& out) {
  out.write(folder + "/sidecars/" + item.key + ".json", item_json(item));
}

const ExportFormat& find_format(const std::string& name) {
  std::string known;
  for (const ExportFormat& format : builtin_formats()) {
    if (format.name == name) {
      return format;
    }
    known += (known.empty() ? "" : ", ") + format.name;
  }
  throw Error(ErrorKind::kConfig,
              "export.formats: no format '" + name + "' (there are: " + known + ")");
}

FoundItems::FoundItems(std::string format, const KnownItems& items)
    : format_(std::move(format)), items_(items) {}

void FoundItems::fault(const std::string& text) {
  faults_.push_back(format_ + ": " + text);
}

void FoundItems::add(const std::string& key, int label, const std::string& part) {
  const auto known = items_.find(key);
  if (known == items_.end()) {
    fault("item " + key + " is not in items.jsonl");
    return;
  }
  if (++found_[key] == 2) {
    fault("item " + key + " stands twice");
  }
  if (label != label_number(known->second.label)) {
    fault("item " + key + " is labelled " + std::to_string(label) + ", items.jsonl says " +
          known->second.label);
  }
  if (!part.empty() && part != known->second.part) {
    fault("item " + key + " is in part " + part + ", items.jsonl says " + known->second.part);
  }
}

std::string wrong_label(const KnownItem& item, const std::string& label) {
  return label == item.label
             ? std::string()
             : "is labelled '" + label + "' in the file, items.jsonl says " + item.label;
}

void FoundItems::check_label(const std::string& key, const std::string& label) {
  check_label(key, label, "the clip");
}

void FoundItems::check_label(const std::string& key, const std::string& label,
                             const std::string& what) {
  if (const auto known = items_.find(key); known != items_.end()) {
    if (const std::string wrong = wrong_label(known->second, label); !wrong.empty()) {
      fault(what + " of item " + key + " " + wrong);
    }
  }
}

void FoundItems::check_picture(const std::string& key, const std::filesystem::path& png) {
  std::ifstream file(png, std::ios::binary);
  std::string head(kPngLabelBytes, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  check_label(key, label_of_png(head), "'" + png.filename().string() + "'");
}

void FoundItems::check_video(const std::string& key, const Digest& sha256) {
  const auto known = items_.find(key);
  if (known != items_.end() && known->second.sha256 != sha256) {
    fault("the clip of item " + key + " is another file than items.jsonl says");
  }
}

void FoundItems::check_mask(const std::string& key, const std::string& layer,
                            const Digest& sha256) {
  const auto known = items_.find(key);
  if (known == items_.end()) {
    return;
  }
  const auto mask = known->second.masks.find(layer);
  if (mask == known->second.masks.end() || mask->second != sha256) {
    fault("mask '" + layer + "' of item " + key + " is another file than items.jsonl says");
  }
}

std::vector<std::string> FoundItems::finish() {
  for (const auto& entry : items_) {
    if (found_.count(entry.first) == 0) {
      fault("item " + entry.first + " is missing");
    }
  }
  return std::move(faults_);
}

}  // namespace changeling

// catalog/export/export_format.h: the layouts that an export can have. Layer 4.
// Each is a function that writes one folder, named as the format, from items in a fixed order; what
// its consumers demand stands in docs/formats/dataset.md.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "catalog/export/export_folder.h"
#include "catalog/export/export_set.h"

namespace changeling {

/// What a check of an exported folder knows about an item, read from items.jsonl.
struct KnownItem {
  std::string label, part, method, control_key;
  Digest sha256;
  std::map<std::string, Digest> masks;
};

/// What is wrong with the label in an item's clip, as a clause; empty = nothing. `label` as
/// label_of_clip.
[[nodiscard]] std::string wrong_label(const KnownItem& item, const std::string& label);

using KnownItems = std::map<std::string, KnownItem>;  ///< by key

/// What a format wrote, as the cards describe it.
struct WrittenLayout {
  std::vector<std::pair<std::string, WrittenFile>> archives;  ///< path and content of each archive
  /// Patterns of the clips' (or frames') names: inside the archives, else below the export.
  std::vector<std::string> patterns;
  std::string media_type;  ///< of what the patterns match
};

struct ExportFormat {
  std::string name;     ///< also its folder
  std::string summary;  ///< one line for help and cards
  /// Writes every item of the set below `<name>/`.
  WrittenLayout (*write)(const ExportSet& set, ExportFolder& out);
  /// Reads the folder by the consumer's rules: one line per item that is missing, doubled, or has
  /// another label, part or file than items.jsonl says.
  std::vector<std::string> (*check)(const std::filesystem::path& folder, const KnownItems& items);
};

/// Note [Explicit lists] in ARCHITECTURE.md.
[[nodiscard]] const std::vector<ExportFormat>& builtin_formats();

/// Throws Error(kConfig) that lists the formats when `name` is none of them.
[[nodiscard]] const ExportFormat& find_format(const std::string& name);

/// 1 for a fake, 0 for anything real.
[[nodiscard]] inline int label_number(const std::string& label) {
  return label == "fake" ? 1 : 0;
}

/// Hugging Face's name of a part: "validation" for val.
[[nodiscard]] inline std::string hub_part(const std::string& part) {
  return part == "val" ? "validation" : part;
}

/// `<folder>/sidecars/<key>.json`: the item's description.
void write_sidecar(const std::string& folder, const ExportItem& item, ExportFolder& out);

/// Collects what a check found in a layout and compares it with items.jsonl at the end.
class FoundItems {
 public:
  FoundItems(std::string format, const KnownItems& items);

  /// An item as the layout presents it: `label` 1 = fake. `part` is empty where the layout does not
  /// tell. A second find of one key is a fault.
  void add(const std::string& key, int label, const std::string& part);

  /// Compares the label that was found in a clip with the item's.
  void check_label(const std::string& key, const std::string& label);

  /// Compares the label in a picture of the item with the item's. One that cannot be read has
  /// none.
  void check_picture(const std::string& key, const std::filesystem::path& png);

  /// Compares the digest of a file with the video of the item; faults of unknown keys are add's.
  void check_video(const std::string& key, const Digest& sha256);

  /// Compares the digest of a file with a mask of the item.
  void check_mask(const std::string& key, const std::string& layer, const Digest& sha256);

  void fault(const std::string& text);

  /// Faults so far and a line per item that was not found.
  [[nodiscard]] std::vector<std::string> finish();

 private:
  void check_label(const std::string& key, const std::string& label, const std::string& what);

  std::string format_;
  const KnownItems& items_;
  std::map<std::string, int> found_;
  std::vector<std::string> faults_;
};

// The formats, one source file each.
WrittenLayout write_webdataset(const ExportSet& set, ExportFolder& out);
std::vector<std::string> check_webdataset(const std::filesystem::path& folder,
                                          const KnownItems& items);
WrittenLayout write_videofolder(const ExportSet& set, ExportFolder& out);
std::vector<std::string> check_videofolder(const std::filesystem::path& folder,
                                           const KnownItems& items);
WrittenLayout write_ffpp(const ExportSet& set, ExportFolder& out);
std::vector<std::string> check_ffpp(const std::filesystem::path& folder, const KnownItems& items);
WrittenLayout write_dfdc(const ExportSet& set, ExportFolder& out);
std::vector<std::string> check_dfdc(const std::filesystem::path& folder, const KnownItems& items);
WrittenLayout write_celebdf(const ExportSet& set, ExportFolder& out);
std::vector<std::string> check_celebdf(const std::filesystem::path& folder,
                                       const KnownItems& items);
WrittenLayout write_frames(const ExportSet& set, ExportFolder& out);
std::vector<std::string> check_frames(const std::filesystem::path& folder, const KnownItems& items);
WrittenLayout write_deepfakebench(const ExportSet& set, ExportFolder& out);
std::vector<std::string> check_deepfakebench(const std::filesystem::path& folder,
                                             const KnownItems& items);

}  // namespace changeling

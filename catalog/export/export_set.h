// catalog/export/export_set.h: the items of a frozen version in the order in which formats write
// them. Layer 4.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/export/dataset_spec.h"
#include "catalog/export/export_item.h"

namespace changeling {

inline constexpr const char* kParts[] = {"train", "val", "test"};

/// The little that ordering needs; about 200 bytes an item.
struct SetEntry {
  ArtifactId artifact;
  std::string key, part, label;
  std::string control_key;        ///< of a fake
  std::int64_t bytes = 0;         ///< of the video
  std::optional<JobId> job = {};  ///< that made it, in whatever encoding; none: a corpus file
};

/// Clips that stay together: a control with all fakes of it, or a clip alone.
using ItemGroup = std::vector<SetEntry>;

class ExportSet {
 public:
  /// `entries` of a version in any order. `tick` is called once for each item that a format, or
  /// the list of items, has written and may throw to stop. Refers to its arguments.
  ExportSet(const DatasetSpec& spec, ItemLoader& loader, std::vector<SetEntry> entries,
            std::function<void()> tick = {});

  [[nodiscard]] const DatasetSpec& spec() const { return spec_; }

  [[nodiscard]] const std::vector<SetEntry>& entries() const { return entries_; }  ///< by key

  /// Groups of a part by seeded hash; inside a group the control first, then by key.
  [[nodiscard]] std::vector<ItemGroup> groups(const std::string& part) const;

  /// The fake of the job that the control is of, which shows the same person's face: fakes of two
  /// people in one clip may share a control. Else the first by key; nullptr = the set has none.
  [[nodiscard]] const SetEntry* fake_of(const std::string& control_key) const;

  /// Reads one item. Throws as ItemLoader::load.
  [[nodiscard]] ExportItem load(const SetEntry& entry) const;

  /// As ItemLoader::claim.
  [[nodiscard]] std::string claim(const ExportItem& item) const;

  /// As ItemLoader::first_face.
  [[nodiscard]] FaceTrack first_face(const ExportItem& item) const;

  void tick() const;

 private:
  const DatasetSpec& spec_;
  ItemLoader& loader_;
  std::vector<SetEntry> entries_;
  std::map<std::string, std::size_t> fake_of_;  ///< place in entries_, by control
  std::function<void()> tick_;
};

}  // namespace changeling

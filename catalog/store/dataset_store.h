// catalog/store/dataset_store.h: labelled clips as candidates for data sets, and frozen versions of
// data sets. Layer 1. One thread per object, that of its Database.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// Name of a clip in data sets and manifests: the first 16 hex digits of its stream digest.
[[nodiscard]] std::string item_key(const Digest& stream_sha256);

class DatasetStore {
 public:
  explicit DatasetStore(Database& database) : database_(database) {}

  /// Hands every clip that has a label to `sink`, by artifact id; one row in memory at a time.
  void for_each_clip(const std::function<void(const ClipRow&)>& sink) const;
  [[nodiscard]] ClipRow clip(ArtifactId id) const;  ///< throws kCatalog

  /// Stores the version with its items and seals it with row.merkle_root, in one transaction.
  /// Throws Error(kCatalog) when name and semver exist, or when an item breaks a rule of the schema
  /// (part, split, withdrawn person, terms).
  VersionId add_version(const DatasetVersionRow& row, const std::vector<DatasetItemRow>& items);
  /// Marks a version whose files must no longer be used; a second call keeps the first date.
  void invalidate(VersionId version);

  [[nodiscard]] std::optional<DatasetVersionRow> find_version(std::string_view name,
                                                              std::string_view semver) const;
  [[nodiscard]] std::vector<DatasetVersionRow> versions() const;             ///< oldest first
  [[nodiscard]] std::vector<DatasetItemRow> items(VersionId version) const;  ///< by item key
  /// By metric name and version, of kAutoReject the newest alone; equal on every day once the
  /// version is frozen.
  [[nodiscard]] std::vector<VersionQualityRow> quality(const DatasetVersionRow& version) const;
  /// By method, state and reason; equal on every day once the version is frozen.
  [[nodiscard]] std::vector<VersionOutcomeRow> outcomes(const DatasetVersionRow& version) const;

 private:
  Database& database_;
};

}  // namespace changeling

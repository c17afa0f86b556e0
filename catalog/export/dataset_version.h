// catalog/export/dataset_version.h: freezes selections as versions and compares versions. Layer 4.
// What a version is: docs/formats/dataset.md.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/export/access_class.h"
#include "catalog/export/clip_selection.h"
#include "catalog/export/dataset_spec.h"
#include "catalog/export/leak_probe.h"
#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// What the Merkle root covers of an item.
struct VersionItem {
  std::string key;
  Digest stream_sha256;
  std::string label;
  std::string part;
};

/// Root over "key stream label part" (one space between, hex digest) of items sorted by key.
[[nodiscard]] Digest version_root(const std::vector<VersionItem>& items);

/// What changed from one version to another. Each list holds item keys, sorted.
struct VersionDiff {
  std::vector<std::string> added, removed;
  std::vector<std::string> moved;       ///< same clip, other part
  std::vector<std::string> relabelled;  ///< same clip, other label

  [[nodiscard]] bool empty() const;
};

/// Both sorted by key.
[[nodiscard]] VersionDiff diff_items(const std::vector<VersionItem>& from,
                                     const std::vector<VersionItem>& to);

/// Items of a selection, and of a version in the catalog, by key.
[[nodiscard]] std::vector<VersionItem> version_items(const Selection& selection);
[[nodiscard]] std::vector<VersionItem> version_items(Database& database, VersionId version);

/// Items of `name@version` in the catalog, or of an exported folder (its items.jsonl). Throws
/// Error(kConfig) when there is neither.
[[nodiscard]] std::vector<VersionItem> find_items(Database& database, const std::string& what);
[[nodiscard]] std::vector<VersionItem> read_exported_items(const std::filesystem::path& folder);

struct FrozenVersion {
  DatasetVersionRow row;
  DatasetSpec spec;      ///< as stored
  bool existed = false;  ///< frozen before, with equal items and an equal spec
};

/// YYYY-MM-DD of the spec, else of the day on which the version was frozen.
[[nodiscard]] std::string publication_date(const FrozenVersion& version);

/// Stores and seals a version, with a run of kind export and an audit row, in one transaction; or
/// returns the equal one that is there. `spec.key_id` is kept from an existing version. Throws
/// Error(kConfig): the version exists with other items or another spec; the number is not above the
/// newest one of its name; items were removed, moved or relabelled without a new MAJOR, or added
/// without a new MINOR.
/// `probes` of the selection, what it left out, and what became of rejected fakes, are kept in the
/// audit row of a new version.
[[nodiscard]] FrozenVersion freeze_version(Database& database, DatasetSpec spec,
                                           const Selection& selection, AccessClass access,
                                           const std::vector<ProbeResult>& probes = {});

/// A version by "NAME@VERSION". Throws Error(kConfig) when the catalog has none of that name.
[[nodiscard]] FrozenVersion find_frozen_version(Database& database, const std::string& what);

/// What the leak probes found when the version was frozen; nullopt = an earlier program froze it
/// and kept nothing.
[[nodiscard]] std::optional<std::vector<ProbeResult>> kept_probes(Database& database,
                                                                  const FrozenVersion& version);

/// What became of rejected fakes when the version was frozen; nullopt = the spec asks for nothing.
[[nodiscard]] std::optional<RejectCounts> kept_rejects(Database& database,
                                                       const FrozenVersion& version);

/// The version that freeze_version stored for this spec and that still stands; `spec.key_id` does
/// not count. It holds what it was frozen with, whatever the spec would select today.
[[nodiscard]] std::optional<FrozenVersion> find_equal_version(Database& database,
                                                              const DatasetSpec& spec);

/// The selection that a version was frozen with; of a version that an earlier program froze not
/// what it left out.
[[nodiscard]] Selection kept_selection(Database& database, const FrozenVersion& version);

/// Throws what freeze_version would; stores nothing.
void check_version_number(Database& database, const DatasetSpec& spec, const Selection& selection);

}  // namespace changeling

// catalog/export/export_run.h: from a spec to a published folder. Layer 4.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "catalog/export/dataset_version.h"
#include "catalog/export/export_item.h"
#include "catalog/export/export_set.h"
#include "catalog/store/key_ring.h"

namespace changeling {

struct ExportRequest {
  DatasetSpec spec;
  std::filesystem::path out;  ///< the export becomes `<out>/<name>-<version>`
  bool dry_run = false;       ///< select and check only
  /// Called with items written and items in all (each format counts); false stops the export.
  std::function<bool(std::int64_t done, std::int64_t total)> progress;
};

struct ExportResult {
  std::map<std::string, std::map<std::string, std::int64_t>> counts;  ///< part -> label -> items
  std::map<std::string, std::int64_t> left_out;
  AccessClass access = AccessClass::kInternal;
  /// Why a set that was to be public is not: what closes it, in order. Then nothing was frozen or
  /// written.
  std::set<std::string> refusals;
  Digest merkle_root;
  std::filesystem::path folder;  ///< where it is, or would be
  std::int64_t bytes = 0;        ///< written
  bool is_written = false;
  bool version_existed = false;
};

/// Selects, checks, freezes and writes. Equal versions give equal bytes on every day and machine.
/// Throws Error(kConfig), Error(kCatalog), Error(kResource), Error(kCancelled); nothing is left
/// behind then but a version that was frozen already.
[[nodiscard]] ExportResult run_export(Database& database, const BlobStore& blobs,
                                      const CorpusRoots& roots, const KeyRing& keys,
                                      const ExportRequest& request);

}  // namespace changeling

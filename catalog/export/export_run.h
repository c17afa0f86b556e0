// catalog/export/export_run.h: from a spec to a published folder. Layer 4.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "catalog/export/dataset_version.h"
#include "catalog/export/export_gate.h"
#include "catalog/export/export_item.h"
#include "catalog/export/export_set.h"
#include "catalog/store/key_ring.h"
#include "common/base/stop_signal.h"

namespace changeling {

struct ExportRequest {
  DatasetSpec spec;
  std::filesystem::path out;  ///< the export becomes `<out>/<name>-<version>`
  bool dry_run = false;       ///< select and check only
  /// Called with items written and items in all (each format counts, and the list of all items);
  /// false stops the export.
  KeepGoing progress;
  /// The same for renditions, before anything is checked or written.
  KeepGoing rendering;
  /// The same for clips that the checks have opened, before anything is frozen.
  KeepGoing checking;
  /// The same for steps of the leak probes, which end the checks.
  KeepGoing probing;
};

struct ExportResult {
  std::map<std::string, std::map<std::string, std::int64_t>> counts;  ///< part -> label -> items
  std::map<std::string, std::int64_t> left_out;
  std::int64_t unjudged = 0;  ///< fakes without a verdict, where the spec leaves out rejected ones
  AccessClass access = AccessClass::kInternal;
  std::vector<GateFinding>
      refusals;  ///< rules that do not hold: then nothing was frozen or written
  std::vector<ProbeResult> probes;
  Digest merkle_root;
  std::filesystem::path folder;  ///< where it is, or would be
  std::int64_t bytes = 0;        ///< written
  std::int64_t rendered = 0;     ///< jobs x profiles that the catalog lacked
  bool is_written = false;
  bool version_existed = false;  ///< the items are those of its freeze
};

/// Selects, checks, freezes and writes; a version that is frozen with this spec is checked and
/// written as it was frozen. Equal versions give equal bytes on every day and machine.
/// Makes a signing key where there has never been one, once every check held.
/// Throws Error(kConfig), Error(kCatalog), Error(kResource), Error(kCancelled); nothing is left
/// behind then but a version that was frozen already.
[[nodiscard]] ExportResult run_export(Database& database, const BlobStore& blobs,
                                      const CorpusRoots& roots, const KeyRing& keys,
                                      const ExportRequest& request);

}  // namespace changeling

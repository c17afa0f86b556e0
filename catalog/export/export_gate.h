// catalog/export/export_gate.h: everything that must hold before a version is frozen. Layer 4.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/export/clip_selection.h"
#include "catalog/export/dataset_spec.h"
#include "catalog/export/export_item.h"
#include "catalog/export/leak_probe.h"
#include "catalog/store/blob_store.h"
#include "catalog/store/database.h"
#include "common/base/stop_signal.h"

namespace changeling {

/// One broken rule and who broke it. People appear by their row id only.
struct GateFinding {
  /// label_conflict; other_split, leak_group, person_part, media_part, source_clip, bystander;
  /// withdrawn; licence; class_balance; label_coverage; near_duplicate, identity; codec, metadata,
  /// background, box.
  std::string check;
  std::string offender;
};

struct GateReport {
  AccessClass access = AccessClass::kPublic;  ///< the strictest of all items
  std::vector<GateFinding> findings;          ///< empty = may be exported
  std::vector<ProbeResult> probes;            ///< of this selection, equal whenever they run
};

/// What every check reads.
struct GateInput {
  Database& database;
  const BlobStore& blobs;
  ItemLoader& loader;
  const DatasetSpec& spec;
  const Selection& selection;
  /// Called with clips opened and clips in all; false throws Error(kCancelled).
  KeepGoing keep_going = {};
  /// The same for steps of the leak probes, once all clips are opened.
  KeepGoing keep_probing = {};
};

/// Runs all checks. Opens every clip, controls once more for each of their fakes; decodes four
/// frames of each fake, of its control and of its alpha, and eight of each real clip when the set
/// has more than one part. A corpus's clip of which no true copy can be made is a finding. Throws
/// as ItemLoader::load and VideoReader where a file is missing or damaged.
[[nodiscard]] GateReport check_selection(const GateInput& input);

}  // namespace changeling

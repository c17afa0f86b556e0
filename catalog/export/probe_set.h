// catalog/export/probe_set.h: every leak probe on one set of clips, as detectors that must fail.
// Layer 4.
#pragma once

#include <functional>
#include <vector>

#include "catalog/export/clip_probes.h"
#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// Probes `codec` and `metadata` over all clips; `background` and `box` over fakes and their
/// controls at four frames each, both under the alpha mask of the fake. Decodes those frames.
/// Throws Error(kCatalog), Error(kInput) for a clip that is missing or damaged. `on_clip` is called
/// after each clip, `on_step` while the probes judge them all; either may throw to stop.
[[nodiscard]] std::vector<ProbeResult> probe_set(Database& database, const BlobStore& blobs,
                                                 const CorpusRoots& roots,
                                                 const std::vector<ClipRow>& clips,
                                                 const ProbeLimits& limits = {},
                                                 const std::function<void()>& on_clip = {},
                                                 const ProbeProgress& on_step = {});

}  // namespace changeling

// catalog/export/renditions.h: makes the degraded copies of clips that a data set's ladder names.
// Layer 4. What a ladder is: docs/formats/degradations.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/export/clip_selection.h"
#include "catalog/export/dataset_spec.h"
#include "catalog/store/blob_store.h"
#include "catalog/store/database.h"
#include "common/base/stop_signal.h"

namespace changeling {

/// Renders what `selection` (made without a ladder) lacks of the spec's ladder: fake, real control,
/// masks and sidecar of each job through one recipe, in one transaction each, under a run of kind
/// export. Recipes follow from the profile and the control's content, so equal clips get equal
/// bytes. A fake of which no swapped frame would be left gets none. `keep_going` is asked before
/// each with renditions done and all; false throws Error(kCancelled). Returns how many were made.
/// Throws Error(kConfig): a profile that is there was made by another definition.
std::int64_t render_missing(Database& database, const BlobStore& blobs, const DatasetSpec& spec,
                            const Selection& selection, const KeepGoing& keep_going);

}  // namespace changeling

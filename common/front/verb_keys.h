// common/front/verb_keys.h: `changeling keys ...`, and the key folder of any verb. Layer 7.
#pragma once

#include <vector>

#include "catalog/store/key_ring.h"
#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb keys_verb();

[[nodiscard]] std::vector<VerbEntry> keys_functions();

/// `keys.dir`, or the folder `keys` beside the catalog.
[[nodiscard]] KeyRing key_ring(const Config& config);

}  // namespace changeling

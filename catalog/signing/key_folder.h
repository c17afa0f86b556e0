// catalog/signing/key_folder.h: the key ring that a program's settings name. Layer 2.
#pragma once

#include "catalog/store/key_ring.h"
#include "common/cli/config.h"

namespace changeling {

/// `keys.dir`, else `keys` in the user's configuration folder. Throws Error(kConfig) when there is
/// neither.
[[nodiscard]] KeyRing key_ring(const Config& config);

}  // namespace changeling

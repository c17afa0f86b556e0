// generator/programs/models_init_fsgan.h: `changeling models init-fsgan --out DIR`. Layer 8.
#pragma once

#include "common/cli/command.h"

namespace changeling {

/// Writes the four networks of random_fsgan_weights, made for `fsgan.crop_scale` 1.2. Throws
/// Error(kConfig) without --out or for a resolution that is no multiple of 16.
[[nodiscard]] ExitCode run_models_init_fsgan(const Command& command);

}  // namespace changeling

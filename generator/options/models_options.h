// generator/options/models_options.h: option tables of the verbs of `models` that need LibTorch.
// Layer 2, no Torch.
#pragma once

#include "common/cli/option_table.h"

namespace changeling {

/// The verb `run`, below `models`; program changeling-generate.
[[nodiscard]] Verb models_run_verb();

/// The verb `init-fsgan`, below `models`; program changeling-generate.
[[nodiscard]] Verb models_init_fsgan_verb();

}  // namespace changeling

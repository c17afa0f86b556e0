// generator/options/models_options.h: option table of `changeling models run`, the one verb of
// `models` that needs LibTorch. Layer 2, no Torch.
#pragma once

#include "common/cli/option_table.h"

namespace changeling {

/// The verb `run`, below `models`; program changeling-generate.
[[nodiscard]] Verb models_run_verb();

}  // namespace changeling

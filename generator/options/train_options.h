// generator/options/train_options.h: option tables of `changeling train`. Layer 2, no Torch.
#pragma once

#include "common/cli/option_table.h"

namespace changeling {

/// The verb `train` with its sub-verbs.
[[nodiscard]] Verb train_verb();

}  // namespace changeling

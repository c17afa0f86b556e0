// evaluator/options/detector_options.h: option tables of `changeling detector`. Layer 2, no Torch.
#pragma once

#include "common/cli/option_table.h"

namespace changeling {

/// The verb `detector` with its sub-verbs.
[[nodiscard]] Verb detector_verb();

}  // namespace changeling

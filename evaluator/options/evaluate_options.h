// evaluator/options/evaluate_options.h: option tables of `changeling evaluate`. Layer 2, no Torch.
#pragma once

#include <string>
#include <vector>

#include "common/cli/option_table.h"

namespace changeling {

/// The verb `evaluate` with its sub-verbs `score` and `protocol`.
[[nodiscard]] Verb evaluate_verb();

/// Prefixes of the keys that decide what an evaluation stores; their digest identifies it.
[[nodiscard]] const std::vector<std::string>& evaluate_config_prefixes();

}  // namespace changeling

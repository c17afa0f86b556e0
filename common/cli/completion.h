// common/cli/completion.h: shell completion from the verb table. Layer 1.
#pragma once

#include <string>

#include "common/cli/option_table.h"

namespace changeling {

/// A bash script that completes verbs, flags, choices, configuration keys behind --set, and files.
/// It is self-contained: completing starts no program.
[[nodiscard]] std::string bash_completion(const Verb& root);

}  // namespace changeling

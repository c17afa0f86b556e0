// common/cli/help.h: help texts from the verb table, examples first. Layer 1.
#pragma once

#include <string>
#include <vector>

#include "common/cli/option_table.h"

namespace changeling {

/// Help of the last verb of the path: examples, usage, description, sub-verbs, arguments, flags,
/// configuration keys without a flag, global flags. At most 100 columns where words allow it.
[[nodiscard]] std::string help_text(const std::vector<const Verb*>& verbs, bool color);

}  // namespace changeling

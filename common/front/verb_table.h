// common/front/verb_table.h: every verb of `changeling`, heavy ones included. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

/// The root verb, named "changeling".
[[nodiscard]] const Verb& verb_table();

/// Functions of the verbs that the front program runs itself.
[[nodiscard]] std::vector<VerbEntry> front_functions();

}  // namespace changeling

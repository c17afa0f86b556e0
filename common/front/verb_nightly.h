// common/front/verb_nightly.h: `changeling nightly`. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb nightly_verb();

[[nodiscard]] std::vector<VerbEntry> nightly_functions();

}  // namespace changeling

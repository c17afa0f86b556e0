// common/front/verb_version.h: `changeling version`. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb version_verb();

[[nodiscard]] std::vector<VerbEntry> version_functions();

}  // namespace changeling

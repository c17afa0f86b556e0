// common/front/verb_models.h: `changeling models fetch|import|list|verify`; `models run` becomes
// changeling-generate. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb models_verb();

[[nodiscard]] std::vector<VerbEntry> models_functions();

}  // namespace changeling

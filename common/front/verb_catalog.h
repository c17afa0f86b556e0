// common/front/verb_catalog.h: `changeling catalog init|query|verify|migrate|backup|gc`. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb catalog_verb();

[[nodiscard]] std::vector<VerbEntry> catalog_functions();

}  // namespace changeling

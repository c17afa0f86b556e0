// common/front/verb_sample.h: `changeling sample split|pairs`. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb sample_verb();

[[nodiscard]] std::vector<VerbEntry> sample_functions();

}  // namespace changeling

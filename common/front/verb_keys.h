// common/front/verb_keys.h: `changeling keys ...`. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb keys_verb();

[[nodiscard]] std::vector<VerbEntry> keys_functions();

}  // namespace changeling

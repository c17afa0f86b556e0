// common/front/verb_config.h: `changeling config show|validate|schema|keys`. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb config_verb();

[[nodiscard]] std::vector<VerbEntry> config_functions();

}  // namespace changeling

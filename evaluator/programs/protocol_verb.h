// evaluator/programs/protocol_verb.h: `changeling evaluate protocol`. Layer 8.
#pragma once

#include "common/base/exit_code.h"
#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] ExitCode run_protocol_verb(const Command& command);

}  // namespace changeling

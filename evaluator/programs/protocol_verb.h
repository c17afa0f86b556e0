// evaluator/programs/protocol_verb.h: `changeling evaluate protocol`. Layer 7.
#pragma once

#include "common/cli/command.h"
#include "common/cli/exit_code.h"

namespace changeling {

[[nodiscard]] ExitCode run_protocol_verb(const Command& command);

}  // namespace changeling

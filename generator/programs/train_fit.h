// generator/programs/train_fit.h: `changeling train fit`. Layer 8.
#pragma once

#include "common/cli/command.h"

namespace changeling {

ExitCode run_train_fit(const Command& command);

}  // namespace changeling

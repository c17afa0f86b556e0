// evaluator/programs/detector_verbs.h: `changeling detector train|score`. Layer 8.
#pragma once

#include "common/cli/command.h"

namespace changeling {

ExitCode run_detector_train(const Command& command);

ExitCode run_detector_score(const Command& command);

}  // namespace changeling

// common/front/verb_detector.h: the verbs of `changeling detector` that need no LibTorch. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] std::vector<VerbEntry> detector_functions();

}  // namespace changeling

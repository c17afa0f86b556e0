// common/front/verb_doctor.h: `changeling doctor`. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb doctor_verb();

[[nodiscard]] std::vector<VerbEntry> doctor_functions();

}  // namespace changeling

// common/front/verb_report.h: `changeling report build`. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb report_verb();

[[nodiscard]] std::vector<VerbEntry> report_functions();

}  // namespace changeling

// common/front/page_line.h: a page that takes minutes says how far it is and can be stopped. Layer
// 7.
#pragma once

#include "common/cli/progress.h"
#include "reports/model/page_progress.h"

namespace changeling {

/// A line for each part of the work; throws as check_stop. Refers to `line`.
[[nodiscard]] PageProgress page_progress(PhaseProgress& line);

}  // namespace changeling

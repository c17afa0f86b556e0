// common/front/page_line.h: a page that takes minutes says how far it is and can be stopped. Layer
// 7.
#pragma once

#include "common/cli/progress.h"
#include "reports/model/page_progress.h"

namespace changeling {

/// A line for each part of the work; throws Error(kCancelled) once a signal asked to stop
/// (install_stop_signal). Refers to `line`.
[[nodiscard]] PageProgress page_progress(PhaseProgress& line);

/// Throws Error(kCancelled) once a signal asked to stop.
void check_stop();

}  // namespace changeling

// common/front/nightly_steps.h: the steps of a night, each a verb of this program. Layer 7,
// internal to front.
#pragma once

#include "common/front/nightly.h"

namespace changeling {

/// Catalog, corpus, split and pairs, as far as they are not there. This and what follows throw
/// Stopped when a step fails or the night is asked to stop; a dry run prints the steps instead.
void prepare_pairs(Night& night);

/// Begins a run, or goes on with that of a night that is not over.
void make_run(Night& night);

/// The explicit list of what is done with the night's run. The run's report shows the gate's
/// verdict, so it comes after the gate.
void measure(Night& night);

/// Frees the files of older runs where nightly.keep_runs says so. They were judged, and no verdict
/// hangs on it: where it fails, as on a busy catalog, it warns. Throws Stopped only where it was
/// stopped.
void prune_old_runs(Night& night);

}  // namespace changeling

// common/front/nightly_end.h: how a night ends, and whether that of a run has. Layer 7, internal to
// front.
#pragma once

#include <cstdint>
#include <optional>

#include "catalog/store/run_store.h"
#include "common/base/exit_code.h"
#include "common/base/outcome.h"
#include "common/front/nightly.h"

namespace changeling {

/// The newest generate run of the suite.
[[nodiscard]] std::optional<RunRow> newest_run(const Night& night);

/// How many other nights of the suite came to a verdict, and so to their verification.
[[nodiscard]] std::int64_t count_judged_nights(const Night& night);

/// A night is over when its marker is written; until then a rerun goes on with its run. Where the
/// folder of the night, there since its run was made, was taken away, the gate's verdict stands for
/// the marker.
[[nodiscard]] bool is_over(const Night& night, const std::optional<RunRow>& run);

/// A step that fails for good would do so every night, and no new run would ever begin: such a
/// night is over, too, once its run is made, or too many of its jobs failed. One that was stopped,
/// met somebody else at work on the catalog, has too little room to tell whose fault it is, or
/// whose run could not be gone on with, is gone on with. With --json says what came of the night.
void end_stopped(const Night& night, const Stopped& stopped);

/// The document of --json where a night ends by an error outside of its steps, such as a wrong
/// setting or its preflight.
void print_error(const Night& night, const Failure& failure);

/// Writes the marker, says what the night came to and frees files of older runs. These come last
/// and change nothing of it: the exit code is that of the gate, also where they are stopped.
[[nodiscard]] ExitCode finish(Night& night);

[[nodiscard]] ExitCode finish_dry_run(Night& night);

}  // namespace changeling

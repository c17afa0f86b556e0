// reports/renderers/gate_renderer.h: verdicts for programs. Format: docs/formats/report.md.
// Layer 2.
#pragma once

#include <string>

#include "reports/model/gate.h"

namespace changeling {

/// As render_json of the other models.
[[nodiscard]] std::string render_json(const GateModel& model);

/// JUnit XML: a suite of the hard checks and one of each method's metrics. `fail` is a failure,
/// `inconclusive` is skipped (a failure in a release), `warn` passes with its note as output. No
/// clock: `time` is 0 and the timestamp is left out.
[[nodiscard]] std::string render_junit(const GateModel& model);

}  // namespace changeling

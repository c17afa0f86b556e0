// reports/model/gate_checks.h: what must hold of a run whatever its numbers. Layer 2, internal to
// reports.
#pragma once

#include <vector>

#include "catalog/store/database.h"
#include "reports/model/report_model.h"
#include "reports/model/run_data.h"

namespace changeling {

/// The explicit list of hard checks: one that does not hold fails the gate. Jobs, labels and
/// lengths (make_checks), files in their place, intact and unshared people, fakes in which the run
/// ended. A new kind of check is a line here.
[[nodiscard]] std::vector<ReportCheck> make_gate_checks(Database& database, const RunData& run);

}  // namespace changeling

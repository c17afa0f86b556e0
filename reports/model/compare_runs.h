// reports/model/compare_runs.h: reads several runs, or methods of a run, into one comparison.
// Layer 2.
#pragma once

#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"
#include "reports/model/comparison_model.h"
#include "reports/model/gate_rules.h"

namespace changeling {

/// A column that is asked for.
struct SideSpec {
  std::string run_id;
  std::string method;
};

/// Turns "RUN" and "RUN:METHOD" into columns; RUN as in RunStore::find_generate_run. Without a
/// method every method of the run becomes a column. Throws Error(kConfig) when nothing fits.
[[nodiscard]] std::vector<SideSpec> resolve_sides(Database& database,
                                                  const std::vector<std::string>& texts);

/// Compares every column with the first, pair by pair. The same catalog gives the same model.
/// Throws Error(kConfig) when the columns are not comparable:
/// other pair lists, other suites.
[[nodiscard]] ComparisonModel compare_runs(Database& database, const std::vector<SideSpec>& sides,
                                           const GateRules& rules);

}  // namespace changeling

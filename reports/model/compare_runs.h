// reports/model/compare_runs.h: reads several runs, or methods of a run, into one comparison.
// Layer 2.
#pragma once

#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"
#include "reports/model/comparison_model.h"
#include "reports/model/gate_rules.h"
#include "reports/model/page_progress.h"

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

/// Compares every column with the first, pair by pair; each column has its own verdict. The same
/// catalog gives the same model.
/// Throws Error(kConfig) when the columns are not comparable:
/// other pair lists, other suites.
[[nodiscard]] ComparisonModel compare_runs(Database& database, const std::vector<SideSpec>& sides,
                                           const GateRules& rules,
                                           const PageProgress& progress = {});

/// The methods of `run`, each compared with the same method of `baseline`: a model of two columns
/// for each. One verdict is made of all of them, so their gated metrics are judged as tests of one
/// Holm procedure. Throws as compare_runs.
[[nodiscard]] std::vector<ComparisonModel> compare_methods(Database& database,
                                                           const std::string& baseline,
                                                           const std::string& run,
                                                           const std::vector<std::string>& methods,
                                                           const GateRules& rules,
                                                           const PageProgress& progress = {});

}  // namespace changeling

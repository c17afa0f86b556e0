// reports/model/run_texts.h: what reports say of a run's program and machine, and lists. Layer 2.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "catalog/store/records.h"
#include "reports/model/report_model.h"

namespace changeling {

/// "a, b, c".
[[nodiscard]] std::string comma_list(const std::set<std::string>& names);

/// The commit, and whether the program had changes beyond it.
[[nodiscard]] std::string commit_text(const RunRow& run);

/// Libraries with the versions that the run stored about itself, by name; anything else in env_json
/// is left alone.
[[nodiscard]] std::vector<ReportFact> library_versions(const RunRow& run);

}  // namespace changeling

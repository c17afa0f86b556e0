// reports/model/build_report.h: reads a catalog into a ReportModel. Layer 2.
#pragma once

#include <string>
#include <string_view>

#include "catalog/store/database.h"
#include "reports/model/page_progress.h"
#include "reports/model/report_model.h"

namespace changeling {

/// Everything but the pictures (`sheet` of the exemplars stays empty). The same catalog gives the
/// same model. Throws Error(kConfig) when `run_id` is no generate run.
[[nodiscard]] ReportModel build_report(Database& database, std::string_view run_id,
                                       const PageProgress& progress = {});

}  // namespace changeling

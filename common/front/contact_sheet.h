// common/front/contact_sheet.h: pictures of the clips that a report shows. Layer 7: the report
// module sees no video.
#pragma once

#include <filesystem>

#include "catalog/store/database.h"
#include "reports/model/comparison_model.h"

namespace changeling {

/// Decodes source, target (through the real control), fake and alpha of every exemplar at three
/// moments and adds them as JPEG; the fake bears its label in the pixels. A clip whose files are
/// missing or damaged keeps a note instead. The same catalog gives the same bytes.
void add_contact_sheets(Database& database, ReportModel& model);

/// The same of every pair that a comparison shows, at one moment: source, target, the fakes of
/// all columns, the last one's alpha, and how far each fake is from its control.
void add_contact_sheets(Database& database, ComparisonModel& model);

}  // namespace changeling

// reports/model/sql_table.h: tables of cards whose rows are the answer to one question, which the
// reader sees below them. Layer 2.
#pragma once

#include <string>

#include "catalog/store/database.h"
#include "reports/model/card_model.h"

namespace changeling {

/// `shape` with the rows that `sql` gives: as many values a row as `shape` has columns. NULL is
/// "unknown" among words and a missing number among numbers.
[[nodiscard]] CardTable sql_table(Database& database, CardTable shape, const std::string& sql);

}  // namespace changeling

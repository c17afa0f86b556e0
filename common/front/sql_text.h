// common/front/sql_text.h: values of the catalog as text. Layer 7.
#pragma once

#include <string>
#include <vector>

#include "catalog/store/sql_query.h"

namespace changeling {

/// One JSON object, columns in their order. BLOBs are hex digits, as digests are everywhere else;
/// wrong UTF-8 is replaced.
[[nodiscard]] std::string json_line(const std::vector<std::string>& columns,
                                    const std::vector<SqlValue>& row);

/// As in the JSON object, without quotes; NULL is empty.
[[nodiscard]] std::string cell_text(const SqlValue& value);

/// A record of RFC 4180 without its line end. NULL is empty, an empty text is "".
[[nodiscard]] std::string csv_line(const std::vector<SqlValue>& row);

}  // namespace changeling

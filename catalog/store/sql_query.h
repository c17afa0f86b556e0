// catalog/store/sql_query.h: runs a question of the user's own. Layer 1.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "catalog/store/database.h"

namespace changeling {

/// A BLOB value.
struct SqlBytes {
  std::string bytes;
};

/// NULL, INTEGER, REAL, TEXT, BLOB.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string, SqlBytes>;

using SqlRowSink =
    std::function<void(const std::vector<std::string>& columns, const std::vector<SqlValue>& row)>;

/// Runs one statement that only reads and hands each row to `sink`; returns the column names.
/// Memory does not grow with the result. Throws Error(kConfig) with SQLite's text when the SQL is
/// wrong, is more than one statement, or could change the file; Error(kCatalog) when reading fails.
std::vector<std::string> run_sql_query(Database& database, const std::string& sql,
                                       const SqlRowSink& sink);

}  // namespace changeling

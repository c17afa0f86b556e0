// catalog/store/table_reader.h: every row of every table, for other tools. Layer 1.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/sql_query.h"

namespace changeling {

/// Called once per table without a row, then once per row. `row` is null for the first call.
using TableSink =
    std::function<void(const std::string& table, const std::vector<std::string>& columns,
                       const std::vector<SqlValue>* row)>;

/// Reads all tables by name, rows by primary key, as of one moment. Returns the rows of each.
/// Memory does not grow with the catalog.
std::map<std::string, std::int64_t> read_tables(Database& database, const TableSink& sink);

}  // namespace changeling

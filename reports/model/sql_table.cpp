#include "reports/model/sql_table.h"

#include "catalog/store/sql_query.h"
#include "common/base/error.h"

namespace changeling {
namespace {

CardCell to_cell(const SqlValue& value, const CardColumn& column) {
  if (const auto* count = std::get_if<std::int64_t>(&value)) {
    return *count;
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return std::optional(*number);
  }
  if (const auto* words = std::get_if<std::string>(&value)) {
    return *words;
  }
  CHANGELING_REQUIRE(std::holds_alternative<std::monostate>(value), "a table of bytes");
  return column.kind == CardColumnKind::kNumber ? CardCell(std::optional<double>())
                                                : CardCell(std::string("unknown"));
}

}  // namespace

CardTable sql_table(Database& database, CardTable shape, const std::string& sql) {
  shape.sql = sql;
  run_sql_query(database, sql,
                [&shape](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
                  CHANGELING_REQUIRE(row.size() == shape.columns.size(), "a value for a column");
                  std::vector<CardCell> cells;
                  for (std::size_t i = 0; i < row.size(); ++i) {
                    cells.push_back(to_cell(row[i], shape.columns[i]));
                  }
                  shape.rows.push_back(std::move(cells));
                });
  return shape;
}

}  // namespace changeling

#include "catalog/store/sql_query.h"

#include <cctype>
#include <memory>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include "catalog/store/connection.h"
#include "common/base/error.h"

namespace changeling {
namespace {

struct Finalizer {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

using UniqueStatement = std::unique_ptr<sqlite3_stmt, Finalizer>;

bool is_blank(const char* text) {
  for (; *text != '\0'; ++text) {
    if (std::isspace(static_cast<unsigned char>(*text)) == 0 && *text != ';') {
      return false;
    }
  }
  return true;
}

// The C interface, because SQLiteCpp shows neither the rest of the text nor whether a statement
// writes.
UniqueStatement prepare(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(db, sql.c_str(), static_cast<int>(sql.size()), &raw, &rest);
  UniqueStatement statement(raw);
  if (code != SQLITE_OK) {
    throw Error(ErrorKind::kConfig, std::string("cannot read the SQL: ") + sqlite3_errmsg(db));
  }
  if (!statement || !is_blank(rest)) {
    throw Error(ErrorKind::kConfig, "give exactly one SQL statement");
  }
  if (sqlite3_stmt_readonly(raw) == 0 || sqlite3_column_count(raw) == 0) {
    throw Error(ErrorKind::kConfig, "only statements that read are allowed: give a SELECT");
  }
  return statement;
}

SqlValue column_value(sqlite3_stmt* statement, int i) {
  switch (sqlite3_column_type(statement, i)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, i)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, i);
    case SQLITE_NULL:
      return std::monostate{};
    default:
      break;
  }
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
  const void* data = sqlite3_column_blob(statement, i);
  std::string bytes = size == 0 ? std::string() : std::string(static_cast<const char*>(data), size);
  if (sqlite3_column_type(statement, i) == SQLITE_TEXT) {
    return bytes;
  }
  return SqlBytes{std::move(bytes)};
}

}  // namespace

std::vector<std::string> run_sql_query(Database& database, const std::string& sql,
                                       const SqlRowSink& sink) {
  sqlite3* db = database.connection().db().getHandle();
  const UniqueStatement statement = prepare(db, sql);
  const int n_columns = sqlite3_column_count(statement.get());
  std::vector<std::string> columns;
  for (int i = 0; i < n_columns; ++i) {
    columns.emplace_back(sqlite3_column_name(statement.get(), i));
  }
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
    std::vector<SqlValue> row;
    for (int i = 0; i < n_columns; ++i) {
      row.push_back(column_value(statement.get(), i));
    }
    sink(columns, row);
  }
  if (code != SQLITE_DONE) {
    database.connection().fail(SQLite::Exception(db, code));
  }
  return columns;
}

}  // namespace changeling

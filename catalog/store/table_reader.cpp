#include "catalog/store/table_reader.h"

#include "catalog/store/connection.h"

namespace changeling {
namespace {

/// A read transaction: all statements see the catalog as of the first.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection) : connection_(connection) { connection_.exec("BEGIN"); }

  ~Snapshot() { connection_.try_exec("COMMIT"); }

  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Connection& connection_;
};

std::vector<std::string> texts(Database& database, const std::string& sql) {
  std::vector<std::string> values;
  run_sql_query(database, sql, [&](const auto&, const std::vector<SqlValue>& row) {
    values.push_back(std::get<std::string>(row.at(0)));
  });
  return values;
}

}  // namespace

std::map<std::string, std::int64_t> read_tables(Database& database, const TableSink& sink) {
  const Snapshot snapshot(database.connection());
  std::map<std::string, std::int64_t> rows;
  const std::vector<std::string> tables =
      texts(database,
            "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite%' ORDER "
            "BY name");
  for (const std::string& table : tables) {
    std::int64_t& count = rows[table];
    const std::vector<std::string> columns =
        texts(database, "SELECT name FROM pragma_table_xinfo('" + table + "') ORDER BY cid");
    sink(table, columns, nullptr);
    // Tables are stored by their primary keys, so a plain scan comes in that order.
    run_sql_query(database, "SELECT * FROM \"" + table + "\"",
                  [&](const std::vector<std::string>& names, const std::vector<SqlValue>& row) {
                    ++count;
                    sink(table, names, &row);
                  });
  }
  return rows;
}

}  // namespace changeling

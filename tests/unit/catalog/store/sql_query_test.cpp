#include "catalog/store/sql_query.h"

#include "catalog/store/connection.h"
#include "catalog/store/migrator.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

class SqlQueryTest : public CatalogTest {
 protected:
  std::vector<std::vector<SqlValue>> rows_of(const std::string& sql) {
    std::vector<std::vector<SqlValue>> rows;
    columns_ = run_sql_query(
        reader_, sql, [&](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
          rows.push_back(row);
        });
    return rows;
  }

  Database reader_ = Database::open_reader(catalog_.database.path());
  std::vector<std::string> columns_;
};

TEST_F(SqlQueryTest, HandsOverEveryType) {
  const auto rows = rows_of("SELECT 1 AS i, 0.5 AS r, 'a' AS t, NULL AS n, x'00ff' AS b;  ");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(std::get<std::int64_t>(rows[0][0]), 1);
  EXPECT_EQ(std::get<double>(rows[0][1]), 0.5);
  EXPECT_EQ(std::get<std::string>(rows[0][2]), "a");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(rows[0][3]));
  EXPECT_EQ(std::get<SqlBytes>(rows[0][4]).bytes, std::string("\0\xff", 2));
  EXPECT_EQ(columns_, (std::vector<std::string>{"i", "r", "t", "n", "b"}));
}

TEST_F(SqlQueryTest, EmptyResultHasItsColumns) {
  EXPECT_TRUE(rows_of("SELECT name FROM corpus WHERE 0").empty());
  EXPECT_EQ(columns_, std::vector<std::string>{"name"});
}

TEST_F(SqlQueryTest, RefusesAnythingButOneReadingStatement) {
  for (const char* sql :
       {"", ";", "SELECT 1; SELECT 2", "SELEC 1", "SELECT * FROM nothing", "DELETE FROM corpus",
        "INSERT INTO method VALUES('x',0,'t') RETURNING name", "CREATE TABLE t(x)", "VACUUM",
        "ATTACH 'other.db' AS o", "BEGIN IMMEDIATE", "PRAGMA user_version=7"}) {
    EXPECT_EQ(kind_thrown_by([&] { rows_of(sql); }), ErrorKind::kConfig) << sql;
  }
  EXPECT_EQ(reader_.connection().get_int("PRAGMA user_version"), Migrator().newest_version());
}

}  // namespace
}  // namespace changeling

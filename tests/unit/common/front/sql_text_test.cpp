#include "common/front/sql_text.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

using namespace std::string_literals;

TEST(CsvLine, QuotesWhatNeedsIt) {
  EXPECT_EQ(csv_line({"a"s, std::int64_t{-7}, 0.5, std::monostate{}, ""s}), "a,-7,0.5,,\"\"");
  EXPECT_EQ(csv_line({"a,b"s, "say \"x\""s, "two\nlines"s}),
            "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"");
  EXPECT_EQ(csv_line({SqlBytes{"\x01\xff"s}}), "01ff");
}

TEST(JsonLine, KeepsTheOrderOfColumns) {
  EXPECT_EQ(json_line({"z", "a", "b"}, {std::int64_t{1}, std::monostate{}, SqlBytes{"\n"s}}),
            R"({"z":1,"a":null,"b":"0a"})");
  EXPECT_EQ(json_line({"a"}, {"\xff"s}), "{\"a\":\"\xEF\xBF\xBD\"}") << "wrong UTF-8";
}

}  // namespace
}  // namespace changeling

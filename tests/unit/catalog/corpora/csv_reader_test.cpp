#include "catalog/corpora/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/base/error.h"
#include "tests/support/refusal.h"

namespace changeling {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<CsvRow> read_all(const std::string& text) {
  CsvReader reader(text, "list.csv");
  std::vector<CsvRow> rows;
  while (std::optional<CsvRow> row = reader.next()) {
    rows.push_back(std::move(*row));
  }
  return rows;
}

std::string error_of(const std::string& text) {
  return refusal_of(ErrorKind::kInput, [&] { read_all(text); });
}

TEST(CsvReader, AcceptsByteOrderMarkAndCarriageReturns) {
  CsvReader reader("\xEF\xBB\xBFpath,subject\r\na.mp4,x\r\n", "list.csv");
  EXPECT_THAT(reader.header(), ElementsAre("path", "subject"));
  EXPECT_THAT(reader.next()->fields, ElementsAre("a.mp4", "x"));
  EXPECT_FALSE(reader.next());
}

TEST(CsvReader, ReadsQuotedFieldsWithCommasQuotesAndLineBreaks) {
  const std::vector<CsvRow> rows = read_all("a,b\n\"x,\"\"y\"\"\",\"two\r\nlines\"\nlast,row");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[0].fields, ElementsAre("x,\"y\"", "two\r\nlines"));
  EXPECT_THAT(rows[1].fields, ElementsAre("last", "row"));
  EXPECT_EQ(rows[1].line, 4U);
}

TEST(CsvReader, KeepsEmptyFieldsAndSkipsEmptyLines) {
  const std::vector<CsvRow> rows = read_all("a,b,c\n\n,,\n\r\n\"\",x,\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[0].fields, ElementsAre("", "", ""));
  EXPECT_THAT(rows[1].fields, ElementsAre("", "x", ""));
}

TEST(CsvReader, TellsRowsOfAnotherWidth) {
  CsvReader reader("a,b\n1\n1,2\n1,2,3\n", "list.csv");
  EXPECT_FALSE(reader.fits(*reader.next()));
  EXPECT_TRUE(reader.fits(*reader.next()));
  EXPECT_FALSE(reader.fits(*reader.next()));
}

TEST(CsvReader, FindsColumnsByNameInAnyCaseAndOrder) {
  const CsvReader reader(" FileName ,SUBJECT_ID\n", "list.csv");
  EXPECT_EQ(reader.find_column("subject_id"), 1U);
  EXPECT_EQ(reader.find_column("FILENAME"), 0U);
  EXPECT_FALSE(reader.find_column("subject"));
}

TEST(CsvReader, NamesEveryMissingColumn) {
  const CsvReader reader("path,extra\n", "list.csv");
  try {
    reader.require_columns({"path", "subject", "licence"});
    FAIL() << "missing columns were accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("'subject', 'licence'"));
    EXPECT_THAT(error.what(), HasSubstr("list.csv"));
  }
}

TEST(CsvReader, RefusesAFieldOfMoreThanOneMegabyte) {
  const std::string largest(CsvReader::kMaxFieldBytes, 'x');
  EXPECT_EQ(read_all("a\n" + largest + "\n").front().fields.front().size(),
            CsvReader::kMaxFieldBytes);
  EXPECT_THAT(error_of("a\n" + largest + "x\n"), HasSubstr("1000000 bytes"));
  EXPECT_THAT(error_of("a\n\"" + largest + "x\"\n"), HasSubstr("1000000 bytes"));
}

TEST(CsvReader, RefusesBrokenQuotesWithTheLine) {
  EXPECT_THAT(error_of("a\nx\n\"open\n"), HasSubstr("ends inside a quoted field"));
  EXPECT_THAT(error_of("a\nx\"y\n"), HasSubstr("line 2"));
  EXPECT_THAT(error_of("a\n\"x\"y\n"), HasSubstr("behind a closing quote"));
}

TEST(CsvReader, RefusesWhatIsNoText) {
  EXPECT_THAT(error_of(std::string("a\nx\0y\n", 6)), HasSubstr("NUL"));
  EXPECT_THAT(error_of("a\rb\r"), HasSubstr("carriage return"));
  EXPECT_THAT(error_of("a\nM\xFCller\n"), HasSubstr("line 2 is not UTF-8"));
  EXPECT_THAT(error_of(""), HasSubstr("header"));
  EXPECT_THAT(error_of("a,B,b\n"), HasSubstr("twice"));
}

RC_GTEST_PROP(CsvReader, ReadsBackWhatAWriterQuotes, ()) {
  const auto rows = *rc::gen::container<std::vector<std::vector<std::string>>>(
      rc::gen::container<std::vector<std::string>>(
          3, rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab,\"\r\n \t;")))));
  std::string text = "a,b,c\n";
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += i == 0 ? "\"" : ",\"";
      for (const char byte : row[i]) {
        text += byte == '"' ? std::string("\"\"") : std::string(1, byte);
      }
      text += '"';
    }
    text += "\r\n";
  }
  const std::vector<CsvRow> read = read_all(text);
  RC_ASSERT(read.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RC_ASSERT(read[i].fields == rows[i]);
  }
}

RC_GTEST_PROP(CsvReader, EndsOrRefusesWhateverTheBytes, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::elementOf(std::string("a,\"\r\n")), rc::gen::arbitrary<char>()));
  try {
    std::size_t n_bytes = 0;
    for (const CsvRow& row : read_all(text)) {
      RC_ASSERT(!row.fields.empty());
      for (const std::string& field : row.fields) {
        n_bytes += field.size();
      }
    }
    RC_ASSERT(n_bytes <= text.size());
  } catch (const Error& error) {
    RC_ASSERT(error.kind() == ErrorKind::kInput);
  }
}

TEST(CsvNumber, IsAbsentForNanAndEmptyAndInvalidForWords) {
  EXPECT_FALSE(parse_csv_number("").value);
  EXPECT_FALSE(parse_csv_number(" NaN ").value);
  EXPECT_TRUE(parse_csv_number("nan").is_valid);
  EXPECT_DOUBLE_EQ(*parse_csv_number(" +1.5e1 ").value, 15);
  EXPECT_FALSE(parse_csv_number("12px").is_valid);
  EXPECT_FALSE(parse_csv_number("inf").is_valid);
}

TEST(CsvId, LosesTheFractionOfWholeFloats) {
  EXPECT_EQ(parse_csv_id("1.0"), "1");
  EXPECT_EQ(parse_csv_id(" 12 "), "12");
  EXPECT_EQ(parse_csv_id("007"), "007");
  EXPECT_EQ(parse_csv_id("v1.5"), "v1.5");
  EXPECT_EQ(parse_csv_id("1.5"), "1.5");
  EXPECT_FALSE(parse_csv_id("nan"));
  EXPECT_FALSE(parse_csv_id(" "));
}

}  // namespace
}  // namespace changeling

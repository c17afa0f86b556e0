#include <chrono>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/log.h"
#include "common/cli/progress.h"
#include "common/cli/table_printer.h"
#include "common/cli/terminal.h"

namespace changeling {
namespace {

TEST(PrintTable, AlignsNumbersRightAndWordsLeft) {
  std::ostringstream out;
  print_table(out, {"NAME", "FRAMES", "NOTE"}, {{"a", "9", "x"}, {"longer", "1200", ""}});
  EXPECT_EQ(out.str(),
            "NAME    FRAMES  NOTE\n"
            "a            9  x\n"
            "longer    1200\n");
}

TEST(PrintTable, KeepsAColumnWithWordsLeft) {
  std::ostringstream out;
  print_table(out, {"VALUE"}, {{"12"}, {"none"}});
  EXPECT_EQ(out.str(), "VALUE\n12\nnone\n");
}

TEST(PrintTable, WritesControlCharactersOut) {
  std::ostringstream out;
  print_table(out, {"NAME"}, {{"a\x1B[31m\nb"}});
  EXPECT_EQ(out.str(), "NAME\na\\x1b[31m\\x0ab\n");
}

TEST(PrintTable, CountsLettersNotBytes) {
  std::ostringstream out;
  print_table(out, {"NAME", "X"}, {{"Zoë", "a"}, {"Anna", "b"}});
  EXPECT_EQ(out.str(), "NAME  X\nZoë   a\nAnna  b\n");
}

TEST(TablePrinter, MeasuresTheFirstRowsAndLetsWiderOnesStickOut) {
  std::ostringstream out;
  TablePrinter table(out, {"N", "NAME"}, 2);
  table.add({"7", "Bob"});
  EXPECT_EQ(out.str(), "");
  table.add({"12", "Anna"});
  const std::string measured =
      " N  NAME\n"
      " 7  Bob\n"
      "12  Anna\n";
  EXPECT_EQ(out.str(), measured);
  table.add({"12345", "Wilhelmina"});
  EXPECT_EQ(out.str(), measured + "12345  Wilhelmina\n");
  table.add({"", "a\nb"});
  table.end();
  EXPECT_EQ(out.str(), measured + "12345  Wilhelmina\n    a\\x0ab\n");
}

TEST(TablePrinter, PrintsTheHeaderOfNoRows) {
  std::ostringstream out;
  TablePrinter table(out, {"N"}, 2);
  table.end();
  EXPECT_EQ(out.str(), "N\n");
}

TEST(UseColor, ObeysTheWishWithoutATerminal) {
  EXPECT_TRUE(use_color("always"));
  EXPECT_FALSE(use_color("never"));
}

TEST(Progress, SaysNothingWhenDisabled) {
  testing::internal::CaptureStderr();
  {
    Progress progress("swap", 10, "frames", false);
    progress.set_note("clip");
    progress.add(10);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, LogsTheTimeLeftOnceItCanBeTold) {
  configure_log(LogLevel::kInfo, LogFormat::kText);
  testing::internal::CaptureStderr();
  Progress progress("swap", 10, "frames", true, std::chrono::seconds(0));
  progress.add(0);
  const std::string first = testing::internal::GetCapturedStderr();
  EXPECT_NE(first.find("done=0 total=10"), std::string::npos) << first;
  EXPECT_EQ(first.find("left="), std::string::npos) << first;
  testing::internal::CaptureStderr();
  progress.add(5);
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find("done=5 total=10 unit=frames left=0:00"), std::string::npos) << line;
}

TEST(Progress, LogsNoMoreOftenThanAsked) {
  configure_log(LogLevel::kInfo, LogFormat::kText);
  testing::internal::CaptureStderr();
  Progress progress("train", 10, "steps", true, std::chrono::seconds(60));
  progress.add(1);
  progress.show();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, DrawsNoControlCodesOffATerminal) {
  testing::internal::CaptureStderr();
  {
    Progress progress("swap", 10, "frames", true);
    progress.add(10);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace changeling

#include "reports/model/number_format.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

TEST(FormatNumber, KeepsFiveSignificantDigits) {
  EXPECT_EQ(format_number(0.987654321), "0.98765");
  EXPECT_EQ(format_number(1234.5678), "1234.6");
  EXPECT_EQ(format_number(-0.00012345678), "-0.00012346");
  EXPECT_EQ(format_number(99999.9), "100000");
}

TEST(FormatNumber, DropsWhatCarriesNothing) {
  EXPECT_EQ(format_number(0.5), "0.5");
  EXPECT_EQ(format_number(100.0), "100");
  EXPECT_EQ(format_number(0.0), "0");
  EXPECT_EQ(format_number(-0.0), "0");
}

TEST(FormatNumber, UsesExponentsOnlyFarOut) {
  EXPECT_EQ(format_number(1.5e-7), "1.5e-07");
  EXPECT_EQ(format_number(2.0e9), "2e+09");
  EXPECT_EQ(format_number(1'234'567.0), "1234600");
}

TEST(FormatNumber, SaysWhenThereIsNone) {
  EXPECT_EQ(format_number(std::optional<double>()), "\u2013");
  EXPECT_EQ(format_interval(0.1, {}), "\u2013");
  EXPECT_EQ(format_interval(0.1, 0.25), "0.1 to 0.25");
  EXPECT_EQ(format_percent(0.975), "97.5 %");
}

}  // namespace
}  // namespace changeling

#include "catalog/export/semver.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

TEST(SemVer, ReadsAndOrdersByNumber) {
  EXPECT_EQ(SemVer::parse("1.20.3").text(), "1.20.3");
  EXPECT_LT(SemVer::parse("1.9.0"), SemVer::parse("1.10.0"));
  EXPECT_LT(SemVer::parse("1.9.9"), SemVer::parse("2.0.0"));
}

TEST(SemVer, RefusesEverythingElse) {
  for (const char* text : {"", "1", "1.0", "1.0.0.0", "1.0.0-beta", "01.0.0", "1..0", "a.b.c",
                           "1.0.", "-1.0.0", "1.0.0 ", "99999999999.0.0"}) {
    EXPECT_THROW(SemVer::parse(text), Error) << text;
  }
}

}  // namespace
}  // namespace changeling

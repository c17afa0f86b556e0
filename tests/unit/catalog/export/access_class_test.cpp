#include "catalog/export/access_class.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

TEST(AccessClass, MediaFollowTheirTerms) {
  EXPECT_EQ(media_access("m", "CC0-1.0", true).access, AccessClass::kPublic);
  EXPECT_EQ(media_access("m", "CC-BY-4.0", true).access, AccessClass::kPublic);
  EXPECT_EQ(media_access("m", "CC-BY-NC-4.0", true).access, AccessClass::kGated);
  EXPECT_EQ(media_access("m", "non-commercial use", true).access, AccessClass::kGated);
  EXPECT_EQ(media_access("m", "CC-BY-ND-4.0", true).access, AccessClass::kInternal);
  EXPECT_EQ(media_access("m", "unknown", true).access, AccessClass::kInternal);
  EXPECT_EQ(media_access("m", "", true).access, AccessClass::kInternal);
  EXPECT_EQ(media_access("m", "CC0-1.0", false).access, AccessClass::kInternal);
}

TEST(AccessClass, NetworksCountToo) {
  EXPECT_EQ(model_access("n", "MIT").access, AccessClass::kPublic);
  EXPECT_EQ(model_access("n", "non-commercial research").access, AccessClass::kGated);
  EXPECT_EQ(model_access("n", "").access, AccessClass::kInternal);
  EXPECT_EQ(model_access("n", "research only, not redistributable (YTF)").access,
            AccessClass::kInternal);
}

TEST(AccessClass, WordsThatForbidAreFoundInAnySpelling) {
  for (const char* closed :
       {"All rights reserved.", "Do NOT re-distribute; do not redistribute", "Non-Redistributable",
        "for personal use only", "Internal use only", "evaluation purposes only",
        "No redistribution", "may not be\nredistributed"}) {
    EXPECT_EQ(media_access("m", closed, true).access, AccessClass::kInternal) << closed;
    EXPECT_EQ(model_access("n", closed).access, AccessClass::kInternal) << closed;
  }
  for (const char* text : {"CC BY, no derivatives", "No Derivative works", "CC-BY-NoDerivs"}) {
    EXPECT_EQ(media_access("m", text, true).access, AccessClass::kInternal) << text;
  }
  EXPECT_EQ(model_access("n", "GPL-2.0-only").access, AccessClass::kPublic);
  EXPECT_EQ(model_access("n", "BSD-3-Clause, commercial use, no endorsement").access,
            AccessClass::kPublic);
  EXPECT_EQ(model_access("n", "Commercial use is allowed; do not remove this notice").access,
            AccessClass::kPublic);
  EXPECT_EQ(model_access("n", "not for commercial use").access, AccessClass::kGated);
}

TEST(AccessClass, AReasonNamesTheOffender) {
  EXPECT_EQ(media_access("'faces/a.mp4'", "CC0-1.0", false).reason,
            "'faces/a.mp4' is not redistributable");
  EXPECT_EQ(media_access("m", "CC0-1.0", true).reason, "");
}

TEST(AccessClass, TheStrictestDecides) {
  EXPECT_EQ(strictest({}), AccessClass::kPublic);
  EXPECT_EQ(strictest({{AccessClass::kPublic, ""}, {AccessClass::kGated, "x"}}),
            AccessClass::kGated);
  EXPECT_LT(AccessClass::kInternal, AccessClass::kGated);
}

}  // namespace
}  // namespace changeling

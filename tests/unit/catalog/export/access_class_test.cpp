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

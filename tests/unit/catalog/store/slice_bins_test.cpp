#include "catalog/store/slice_bins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace changeling {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

SightingRow seen(std::optional<int> occ_mask, std::optional<int> facial_hair,
                 std::optional<int> indoor) {
  SightingRow row;
  row.occ_mask = occ_mask;
  row.facial_hair = facial_hair;
  row.indoor = indoor;
  return row;
}

TEST(PersonSlices, HoldOnlyWhatIsKnown) {
  EXPECT_TRUE(person_slices({}, {}, {seen({}, {}, {})}).empty());
  EXPECT_TRUE(person_slices({}, {}, {seen(-1, -1, -1)}).empty());
  SubjectRow person;
  person.gender = "f";
  EXPECT_THAT(person_slices(person, {}, {}), ElementsAre(Pair("gender", "f")));
  person.skintone = 3;
  person.age_bin = 4;
  EXPECT_THAT(person_slices(person, {}, {}),
              ElementsAre(Pair("skin tone", "3-4"), Pair("gender", "f"),
                          Pair("gender and skin tone", "f 3-4"), Pair("age", "4")));
}

TEST(PersonSlices, CountAPersonAsOccludedWhereAnySightingIs) {
  const auto slices = person_slices({}, {}, {seen(0, 0, 1), seen({}, {}, {}), seen(4, 0, 1)});
  EXPECT_THAT(slices, ElementsAre(Pair("occlusion", "some"), Pair("facial hair", "none"),
                                  Pair("indoor", "yes")));
  EXPECT_THAT(
      person_slices({}, {}, {seen(0, 3, 0)}),
      ElementsAre(Pair("occlusion", "none"), Pair("facial hair", "some"), Pair("indoor", "no")));
  EXPECT_THAT(person_slices({}, {}, {seen({}, {}, 0), seen({}, {}, 1)}),
              Contains(Pair("indoor", "both")));
}

}  // namespace
}  // namespace changeling

#include "catalog/store/sighting_roles.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

SightingRow sighting(std::int64_t person, const char* role) {
  SightingRow row;
  row.subject_id = SubjectId{person};
  row.ext_sighting_id = role;
  return row;
}

// Sightings come by row id of the person: in half of the fakes the lender is first.
TEST(SightingRoles, ALenderIsNotSeenWhateverTheOrder) {
  const std::vector<SightingRow> sightings = {sighting(1, kLenderRole), sighting(2, kSeenRole)};
  EXPECT_EQ(seen_person(sightings, true), SubjectId{2});
  EXPECT_EQ(lender_of(sightings), SubjectId{1});
  EXPECT_EQ(seen_person({sighting(1, kSeenRole), sighting(2, kLenderRole)}, true), SubjectId{1});
}

TEST(SightingRoles, OtherCorporaNameTheirSightingsAsTheyLike) {
  EXPECT_EQ(seen_person({sighting(3, kLenderRole)}, false), SubjectId{3});
  EXPECT_FALSE(lender_of({sighting(3, "s17")}).has_value());
  EXPECT_FALSE(seen_person({}, true).has_value());
}

}  // namespace
}  // namespace changeling

#include "common/clips/sighting_hint.h"

#include <optional>

#include <gtest/gtest.h>

#include "catalog/store/sighting_roles.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

/// Two people with one clip each; the catalog's own sightings have no place.
class SightingHint : public testing::Test {
 protected:
  void add(std::size_t subject, const std::string& id, std::int64_t frame, double x, double y,
           std::optional<double> side) {
    SightingRow sighting;
    sighting.media_id = catalog_.media()[0];
    sighting.subject_id = catalog_.subjects()[subject];
    sighting.ext_sighting_id = id;
    sighting.frame = frame;
    sighting.x = x;
    sighting.y = y;
    sighting.w = side;
    sighting.h = side;
    corpora_.add_sighting(sighting);
  }

  TrackHint hint() const {
    return sighting_hint(corpora_, catalog_.media()[0], catalog_.subjects()[0]);
  }

  TempDir folder_;
  TinyCatalog catalog_{folder_.path(), 2};
  CorpusStore corpora_{catalog_.database()};
};

TEST_F(SightingHint, NoPlaceIsNoHint) {
  EXPECT_TRUE(hint().boxes.empty());
  EXPECT_FALSE(hint().point_on_first_frame);
  EXPECT_FALSE(hint().others_are_seen);
}

TEST_F(SightingHint, AnotherPersonsPlaceTellsOnlyThatTheyAreSeen) {
  add(1, kLenderRole, -1, 1, 2, 3);
  EXPECT_FALSE(hint().others_are_seen);
  add(1, "t", 0, 1, 2, 3);
  EXPECT_TRUE(hint().others_are_seen);
  EXPECT_TRUE(hint().boxes.empty());
  EXPECT_FALSE(hint().point_on_first_frame);
}

TEST_F(SightingHint, EveryBoxCounts) {
  add(0, "t", 7, 10, 20, 30);
  add(1, "t", 7, 100, 20, 30);
  add(0, "u", 3, 1, 2, 5);
  const TrackHint found = hint();
  ASSERT_EQ(found.boxes.size(), 2U);
  EXPECT_EQ(found.boxes[0].frame_index, 7);
  EXPECT_EQ(found.boxes[0].bbox_px.x, 10);
  EXPECT_EQ(found.boxes[0].bbox_px.y, 20);
  EXPECT_EQ(found.boxes[0].bbox_px.width, 30);
  EXPECT_EQ(found.boxes[0].bbox_px.height, 30);
  EXPECT_EQ(found.boxes[1].frame_index, 3);
  EXPECT_FALSE(found.point_on_first_frame);
}

TEST_F(SightingHint, ABoxOfAnUnknownFrameSaysNothing) {
  add(0, "t", -1, 10, 20, 30);
  EXPECT_TRUE(hint().boxes.empty());
  EXPECT_FALSE(hint().point_on_first_frame);
}

TEST_F(SightingHint, APlaceWithoutSizeIsAPoint) {
  add(0, "t", 7, 10, 20, std::nullopt);
  const TrackHint found = hint();
  EXPECT_TRUE(found.boxes.empty());
  ASSERT_TRUE(found.point_on_first_frame);
  EXPECT_EQ(found.point_on_first_frame->x, 10);
  EXPECT_EQ(found.point_on_first_frame->y, 20);
}

}  // namespace
}  // namespace changeling

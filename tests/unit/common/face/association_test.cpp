#include "common/face/association.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/unit/common/face/synthetic_scene.h"

namespace changeling {
namespace {

constexpr BBox kBox = {100, 100, 80, 100};

Landmarks shifted(const Landmarks& landmarks, float x) {
  Landmarks moved = landmarks;
  for (PointF& point : moved) {
    point.x += x;
  }
  return moved;
}

TEST(PlausibleStep, AllowsAThirdOfTheFaceAndRefusesMore) {
  const Landmarks face = landmarks_in(kBox);  // longer side 80
  EXPECT_TRUE(is_plausible_step(face, shifted(face, 27)));
  EXPECT_FALSE(is_plausible_step(face, shifted(face, 29)));
}

TEST(PlausibleStep, RefusesSuddenGrowthAndNumbersThatAreNone) {
  const Landmarks face = landmarks_in(kBox);
  EXPECT_FALSE(is_plausible_step(face, landmarks_in({90, 90, 100, 125})));
  Landmarks broken = face;
  broken[5].y = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(is_plausible_step(face, broken));
}

TEST(FitsDetection, AcceptsLandmarksInsideAndRefusesOthers) {
  EXPECT_TRUE(fits_detection(landmarks_in(kBox), kBox));
  EXPECT_FALSE(fits_detection(landmarks_in(kBox), {130, 100, 80, 100}));
  EXPECT_FALSE(fits_detection(landmarks_in(kBox), {40, 40, 200, 220}));
}

TEST(BoxAroundLandmarks, ScalesAndMovesWithThem) {
  const BoxAroundLandmarks relation(kBox, landmarks_in(kBox));
  const BBox moved = {300, 50, 40, 50};
  const BBox carried = relation.apply(landmarks_in(moved));
  EXPECT_NEAR(carried.x, moved.x, 1e-3);
  EXPECT_NEAR(carried.y, moved.y, 1e-3);
  EXPECT_NEAR(carried.width, moved.width, 1e-3);
  EXPECT_NEAR(carried.height, moved.height, 1e-3);
}

TEST(Associate, PairsByOverlapWithoutAskingForIdentity) {
  const Association match = associate({kBox, {300, 100, 80, 100}},
                                      {{{305, 100, 80, 100}, 0.9F}, {{95, 100, 80, 100}, 0.8F}}, {},
                                      [](std::size_t, std::size_t) -> float {
                                        ADD_FAILURE() << "boxes leave no choice here";
                                        return 0;
                                      });
  EXPECT_EQ(match.face_of_track[0], 1U);
  EXPECT_EQ(match.face_of_track[1], 0U);
  EXPECT_FALSE(match.had_choice);
}

TEST(Associate, LetsIdentityDecideWhereBoxesLeaveAChoice) {
  // Both faces overlap both tracks; by overlap alone 0-0 and 1-1 would win.
  const std::vector<BBox> tracks = {{100, 100, 80, 100}, {130, 100, 80, 100}};
  const std::vector<FaceDetection> faces = {{{100, 100, 80, 100}, 0.9F},
                                            {{130, 100, 80, 100}, 0.9F}};
  EXPECT_EQ(associate(tracks, faces, {}, {}).face_of_track[0], 0U);
  const Association match = associate(tracks, faces, {}, [](std::size_t track, std::size_t face) {
    return track == face ? 0.0F : 0.7F;
  });
  EXPECT_TRUE(match.had_choice);
  EXPECT_EQ(match.face_of_track[0], 1U);
  EXPECT_EQ(match.face_of_track[1], 0U);
}

TEST(Associate, AsksMoreOverlapOfAWeakDetection) {
  AssociationRules rules;
  rules.weak_score = 0.65F;
  const std::vector<BBox> tracks = {{100, 100, 80, 100}};
  const BBox third = {135, 100, 80, 100};  // IoU 0.39
  EXPECT_TRUE(associate(tracks, {{third, 0.7F}}, rules, {}).face_of_track[0].has_value());
  EXPECT_FALSE(associate(tracks, {{third, 0.5F}}, rules, {}).face_of_track[0].has_value());
}

TEST(UnitVector, HasNormOneAndKeepsZero) {
  EXPECT_FLOAT_EQ(unit_vector({3, 4})[1], 0.8F);
  EXPECT_FLOAT_EQ(unit_vector({0, 0})[0], 0);
  EXPECT_FLOAT_EQ(identity_cosine({0.6F, 0.8F}, {0.8F, 0.6F}), 0.96F);
  EXPECT_FLOAT_EQ(identity_cosine({}, {1}), 0);
}

}  // namespace
}  // namespace changeling

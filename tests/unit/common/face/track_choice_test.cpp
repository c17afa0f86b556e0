#include "common/face/track_choice.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

constexpr BBox kLeft = {50, 50, 80, 100};
constexpr BBox kRight = {400, 60, 160, 200};

FaceTrack track(const BBox& box, std::int64_t first, std::int64_t last, std::size_t identity) {
  FaceTrack made;
  for (std::int64_t frame = first; frame < last; ++frame) {
    FaceObservation face;
    face.frame_index = frame;
    face.bbox_px = box;
    made.observations.push_back(face);
  }
  made.identity.resize(4);
  made.identity[identity] = 1;
  made.side_px = box.width;
  return made;
}

VideoAnalysis clip(std::vector<FaceTrack> tracks) {
  VideoAnalysis analysis;
  analysis.n_frames = 100;
  analysis.tracks = std::move(tracks);
  return analysis;
}

VideoAnalysis two_people() {
  return clip({track(kRight, 0, 100, 0), track(kLeft, 10, 90, 1)});
}

TEST(ChooseSubjectTrack, TakesTheOnlyTrack) {
  EXPECT_EQ(choose_subject_track(clip({track(kLeft, 0, 100, 0)}), {}), 0U);
  EXPECT_EQ(choose_subject_track(clip({}), {}), std::nullopt);
}

TEST(ChooseSubjectTrack, RefusesToGuessBetweenTwoPeople) {
  EXPECT_EQ(choose_subject_track(two_people(), {}), std::nullopt);
}

TEST(ChooseSubjectTrack, IgnoresAPasserBy) {
  EXPECT_EQ(choose_subject_track(clip({track(kLeft, 0, 100, 0), track(kRight, 40, 50, 1)}), {}),
            0U);
}

TEST(ChooseSubjectTrack, FollowsTheBoxAndNotTheLargestFace) {
  TrackHint hint;
  hint.boxes = {{50, {45, 55, 85, 95}}};
  EXPECT_EQ(choose_subject_track(two_people(), hint), 1U);
}

TEST(ChooseSubjectTrack, ABoxWorksInAGapOfTheTrack) {
  TrackHint hint;
  hint.boxes = {{6, kLeft}};
  EXPECT_EQ(choose_subject_track(two_people(), hint), 1U);
}

TEST(ChooseSubjectTrack, ABoxOnNobodyFindsNobody) {
  TrackHint hint;
  hint.boxes = {{50, {250, 300, 60, 60}}};
  EXPECT_EQ(choose_subject_track(clip({track(kRight, 0, 100, 0)}), hint), std::nullopt);
}

TEST(ChooseSubjectTrack, ABoxBeyondTheAnalysedPartLeavesOpenWhoIsSeenInIt) {
  TrackHint hint;
  hint.boxes = {{500, {250, 300, 60, 60}}};
  EXPECT_EQ(choose_subject_track(clip({track(kRight, 0, 100, 0)}), hint), std::nullopt);
}

/// A box around the centre of another, of so many times its sides.
BBox around(const BBox& box, float times) {
  return {box.center().x - times * box.width / 2, box.center().y - times * box.height / 2,
          times * box.width, times * box.height};
}

TEST(ChooseSubjectTrack, ALooseOrTightBoxFitsTheOnlyFaceInIt) {
  for (const float times : {0.5F, 0.8F, 1.6F, 2.1F}) {
    TrackHint hint;
    hint.boxes = {{50, around(kLeft, times)}};
    EXPECT_EQ(choose_subject_track(two_people(), hint), 1U) << times;
  }
  TrackHint hint;
  hint.boxes = {{50, around(kLeft, 2.5F)}};
  EXPECT_EQ(choose_subject_track(two_people(), hint), std::nullopt);
}

TEST(ChooseSubjectTrack, ALooseBoxAroundTwoFacesFitsNeither) {
  constexpr BBox kBeside = {140, 50, 80, 100};
  const VideoAnalysis pair = clip({track(kLeft, 0, 100, 0), track(kBeside, 0, 100, 1)});
  TrackHint hint;
  hint.boxes = {{50, {40, 40, 190, 120}}};
  EXPECT_EQ(choose_subject_track(pair, hint), std::nullopt);
}

TEST(ChooseSubjectTrack, OneBoxThatFitsIsEnough) {
  TrackHint hint;
  hint.boxes = {{2, {250, 300, 60, 60}}, {50, {45, 55, 85, 95}}};
  EXPECT_EQ(choose_subject_track(two_people(), hint), 1U);
}

TEST(ChooseSubjectTrack, TakesTheShotWithTheMostBoxes) {
  const VideoAnalysis shots = clip({track(kLeft, 0, 50, 0), track(kRight, 50, 100, 0)});
  TrackHint hint;
  hint.boxes = {{10, kLeft}, {60, kRight}, {70, kRight}};
  EXPECT_EQ(choose_subject_track(shots, hint), 1U);
}

TEST(ChooseSubjectTrack, FollowsThePoint) {
  TrackHint hint;
  hint.point_on_first_frame = PointF{90, 100};
  EXPECT_EQ(choose_subject_track(two_people(), hint), 1U);
}

TEST(ChooseSubjectTrack, AMissedPointOrNoneIsNotTheFaceOfSomebodyElse) {
  const VideoAnalysis one = clip({track(kLeft, 0, 100, 0)});
  TrackHint hint;
  EXPECT_EQ(choose_subject_track(one, hint), 0U);
  hint.point_on_first_frame = PointF{500, 100};
  EXPECT_EQ(choose_subject_track(one, hint), 0U) << "nobody else is named";
  hint.others_are_seen = true;
  EXPECT_EQ(choose_subject_track(one, hint), std::nullopt);
  hint.point_on_first_frame = PointF{90, 100};
  EXPECT_EQ(choose_subject_track(one, hint), 0U);
}

TEST(ChooseSubjectTrack, FollowsTheIdentity) {
  TrackHint hint;
  hint.identity = {0, 1, 0, 0};
  EXPECT_EQ(choose_subject_track(two_people(), hint), 1U);
  hint.identity = {0, 0, 1, 0};
  EXPECT_EQ(choose_subject_track(two_people(), hint), std::nullopt);
}

}  // namespace
}  // namespace changeling

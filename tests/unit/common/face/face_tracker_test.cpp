#include "common/face/face_tracker.h"

#include <gtest/gtest.h>

#include "tests/unit/common/face/synthetic_scene.h"

namespace changeling {
namespace {

constexpr BBox kLeft = {50, 50, 80, 100};
constexpr BBox kRight = {400, 60, 80, 100};

std::vector<std::int64_t> frames_of(const FaceTrack& track) {
  std::vector<std::int64_t> frames;
  for (const FaceObservation& face : track.observations) {
    frames.push_back(face.frame_index);
  }
  return frames;
}

std::vector<std::int64_t> range(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> frames;
  for (std::int64_t frame = first; frame < last; ++frame) {
    frames.push_back(frame);
  }
  return frames;
}

/// The coordinate of `track` that points to this identity; 1 when it saw nobody else.
float share_of(const FaceTrack& track, std::size_t identity) {
  return track.identity.at(identity);
}

int count(const FaceTrack& track, FaceStatus status) {
  return static_cast<int>(
      std::count_if(track.observations.begin(), track.observations.end(),
                    [status](const FaceObservation& face) { return face.status == status; }));
}

TEST(FaceTracker, FollowsOneFaceWithOneDetectionInFiveFrames) {
  const SyntheticScene scene({{0, stays(kLeft, 0, 41)}});
  const TrackedFaces faces = track_scene(scene, 41);
  ASSERT_EQ(faces.tracks.size(), 1U);
  EXPECT_EQ(frames_of(faces.tracks[0]), range(0, 41));
  EXPECT_EQ(scene.detector_calls, 9);
  EXPECT_EQ(count(faces.tracks[0], FaceStatus::kDetected), 9);
  EXPECT_EQ(count(faces.tracks[0], FaceStatus::kTracked), 32);
  EXPECT_TRUE(faces.frames_without_face.empty());
  EXPECT_FLOAT_EQ(faces.tracks[0].side_px, 80);
  EXPECT_FLOAT_EQ(faces.tracks[0].sharpness, 100);
}

TEST(FaceTracker, FollowedBoxesMoveWithTheFace) {
  const SyntheticScene scene({{0, [](std::int64_t frame) {
                                 return BBox{50 + 3 * static_cast<float>(frame), 50, 80, 100};
                               }}});
  const TrackedFaces faces = track_scene(scene, 31);
  ASSERT_EQ(faces.tracks.size(), 1U);
  for (const FaceObservation& face : faces.tracks[0].observations) {
    EXPECT_NEAR(face.bbox_px.x, 50 + 3 * static_cast<float>(face.frame_index), 0.01);
    EXPECT_NEAR(face.bbox_px.height, 100, 0.01);
    EXPECT_NEAR(face.pose_deg.yaw_deg, static_cast<float>(face.frame_index), 1e-3);
  }
}

TEST(FaceTracker, FindsTheExactFramesOfEntryAndExit) {
  const SyntheticScene scene({{0, stays(kLeft, 7, 23)}});
  const TrackedFaces faces = track_scene(scene, 40);
  ASSERT_EQ(faces.tracks.size(), 1U);
  EXPECT_EQ(frames_of(faces.tracks[0]), range(7, 23));
  ASSERT_EQ(faces.frames_without_face.size(), 24U);
  EXPECT_EQ(faces.frames_without_face[6].frame_index, 6);
  EXPECT_EQ(faces.frames_without_face[7].frame_index, 23);
  EXPECT_EQ(faces.frames_without_face[7].reason, NoFaceReason::kNothingDetected);
}

TEST(FaceTracker, RejoinsAPersonWhoComesBackElsewhere) {
  const SyntheticScene scene({{0, stays(kLeft, 0, 20)}, {0, stays(kRight, 60, 80)}});
  const TrackedFaces faces = track_scene(scene, 80);
  ASSERT_EQ(faces.tracks.size(), 1U);
  EXPECT_EQ(faces.tracks[0].observations.size(), 40U);
  EXPECT_EQ(faces.tracks[0].find(40), nullptr);
  EXPECT_EQ(faces.frames_without_face.size(), 40U);
}

TEST(FaceTracker, KeepsAnotherPersonAtTheSamePlaceApart) {
  const SyntheticScene scene({{0, stays(kLeft, 0, 20)}, {1, stays(kLeft, 23, 60)}});
  const TrackedFaces faces = track_scene(scene, 60);
  ASSERT_EQ(faces.tracks.size(), 2U);
  EXPECT_EQ(frames_of(faces.tracks[0]), range(23, 60)) << "the longer track comes first";
  EXPECT_EQ(frames_of(faces.tracks[1]), range(0, 20));
}

TEST(FaceTracker, FillsAGapOfTwoFrames) {
  const auto blinks = [](std::int64_t frame) {
    return frame == 11 || frame == 12 ? std::optional<BBox>()
                                      : BBox{50 + 2 * static_cast<float>(frame), 50, 80, 100};
  };
  // The face hides at a detector frame's neighbours, so the detector misses it in every frame.
  AnalysisOptions options;
  options.detect_every = 1;
  const TrackedFaces faces = track_scene(SyntheticScene({{0, blinks}}), 30, options);
  ASSERT_EQ(faces.tracks.size(), 1U);
  EXPECT_EQ(frames_of(faces.tracks[0]), range(0, 30));
  EXPECT_EQ(count(faces.tracks[0], FaceStatus::kInterpolated), 2);
  EXPECT_EQ(faces.tracks[0].find(11)->status, FaceStatus::kInterpolated);
  EXPECT_NEAR(faces.tracks[0].find(11)->bbox_px.x, 72, 0.01);
  EXPECT_TRUE(faces.frames_without_face.empty());
}

TEST(FaceTracker, LeavesALongerGapOpenButKeepsTheTrack) {
  const SyntheticScene scene({{0, stays(kLeft, 0, 20)}, {0, stays(kLeft, 28, 50)}});
  const TrackedFaces faces = track_scene(scene, 50);
  ASSERT_EQ(faces.tracks.size(), 1U);
  EXPECT_EQ(faces.tracks[0].observations.size(), 42U);
  EXPECT_EQ(count(faces.tracks[0], FaceStatus::kInterpolated), 0);
  EXPECT_EQ(faces.frames_without_face.size(), 8U);
}

TEST(FaceTracker, KeepsTwoCrossingPeopleApart) {
  // The second person passes behind the first and is hidden for a while.
  const auto walks = [](float from, float speed, float y) {
    return [=](std::int64_t frame) {
      return std::optional<BBox>({from + speed * static_cast<float>(frame), y, 80, 100});
    };
  };
  const SyntheticScene scene({{0, walks(50, 5, 50)}, {1, walks(450, -5, 60)}});
  const TrackedFaces faces = track_scene(scene, 81);
  ASSERT_EQ(faces.tracks.size(), 2U);
  EXPECT_EQ(frames_of(faces.tracks[0]), range(0, 81));
  EXPECT_FLOAT_EQ(share_of(faces.tracks[0], 0), 1);
  EXPECT_FLOAT_EQ(share_of(faces.tracks[1], 1), 1);
  EXPECT_NEAR(faces.tracks[0].find(80)->bbox_px.x, 450, 1);
  EXPECT_NEAR(faces.tracks[1].find(80)->bbox_px.x, 50, 1);
  EXPECT_GT(faces.tracks[1].observations.size(), 60U);
}

TEST(FaceTracker, ACutEndsATrackAtItsFrame) {
  const SyntheticScene scene({{0, stays(kLeft, 0, 18)}, {1, stays(kLeft, 18, 40)}});
  const TrackedFaces faces = track_scene(scene, 40, {}, {18});
  ASSERT_EQ(faces.tracks.size(), 2U);
  EXPECT_EQ(frames_of(faces.tracks[0]), range(18, 40));
  EXPECT_EQ(frames_of(faces.tracks[1]), range(0, 18));
  EXPECT_FLOAT_EQ(share_of(faces.tracks[0], 1), 1);
}

TEST(FaceTracker, RejoinsAPersonAcrossACutAndDoesNotSmoothOverIt) {
  constexpr BBox kMoved = {60, 55, 80, 100};
  const SyntheticScene scene({{0, stays(kLeft, 0, 18)}, {0, stays(kMoved, 18, 40)}});
  AnalysisOptions options;
  options.smoothing_sigma_frames = 2;
  const TrackedFaces faces = track_scene(scene, 40, options, {18});
  ASSERT_EQ(faces.tracks.size(), 1U);
  EXPECT_EQ(frames_of(faces.tracks[0]), range(0, 40));
  EXPECT_FLOAT_EQ(faces.tracks[0].find(17)->bbox_px.x, 50);
  EXPECT_FLOAT_EQ(faces.tracks[0].find(18)->bbox_px.x, 60);
}

TEST(FaceTracker, DropsAFalseDetectionAndSaysWhy) {
  const SyntheticScene scene({{3, stays(kRight, 10, 12), 0.7F}});
  const TrackedFaces faces = track_scene(scene, 20);
  EXPECT_TRUE(faces.tracks.empty());
  ASSERT_EQ(faces.frames_without_face.size(), 20U);
  EXPECT_EQ(faces.frames_without_face[10].reason, NoFaceReason::kBelowScore);
  EXPECT_EQ(faces.frames_without_face[11].reason, NoFaceReason::kBelowScore);
  EXPECT_EQ(faces.frames_without_face[12].reason, NoFaceReason::kNothingDetected);
}

TEST(FaceTracker, AFalseDetectionLeavesTheOtherTrackWhole) {
  const SyntheticScene scene({{0, stays(kLeft, 0, 30)}, {3, stays(kRight, 10, 11), 0.7F}});
  const TrackedFaces faces = track_scene(scene, 30);
  ASSERT_EQ(faces.tracks.size(), 1U);
  EXPECT_EQ(frames_of(faces.tracks[0]), range(0, 30));
}

TEST(FaceTracker, ReportsSmallFacesWithoutTrackingThem) {
  const SyntheticScene scene({{0, stays({10, 10, 20, 25}, 0, 20)}});
  const TrackedFaces faces = track_scene(scene, 20);
  EXPECT_TRUE(faces.tracks.empty());
  ASSERT_EQ(faces.frames_without_face.size(), 20U);
  for (const FrameWithoutFace& frame : faces.frames_without_face) {
    EXPECT_EQ(frame.reason, NoFaceReason::kTooSmall);
  }
}

TEST(FaceTracker, AWeakDetectionContinuesATrackButStartsNone) {
  const SyntheticScene starts_weak({{0, stays(kLeft, 0, 10), 0.5F}, {0, stays(kLeft, 10, 20)}});
  const TrackedFaces later = track_scene(starts_weak, 20);
  ASSERT_EQ(later.tracks.size(), 1U);
  EXPECT_EQ(frames_of(later.tracks[0]), range(10, 20));
  EXPECT_EQ(later.frames_without_face[3].reason, NoFaceReason::kBelowScore);
  const SyntheticScene ends_weak({{0, stays(kLeft, 0, 10)}, {0, stays(kLeft, 10, 20), 0.5F}});
  const TrackedFaces whole = track_scene(ends_weak, 20);
  ASSERT_EQ(whole.tracks.size(), 1U);
  EXPECT_EQ(frames_of(whole.tracks[0]), range(0, 20));
}

TEST(FaceTracker, AJumpIsNotFollowed) {
  // 40 px in one frame for an 80 px face: no person moves like this, even at the same place.
  const SyntheticScene scene({{0, stays(kLeft, 0, 13)}, {1, stays({90, 50, 80, 100}, 13, 30)}});
  const TrackedFaces faces = track_scene(scene, 30);
  ASSERT_EQ(faces.tracks.size(), 2U);
  EXPECT_EQ(frames_of(faces.tracks[0]), range(13, 30));
  EXPECT_EQ(frames_of(faces.tracks[1]), range(0, 13));
}

TEST(FaceTracker, SamePlaceLookalikesInOneFrameStayTwoTracks) {
  const SyntheticScene scene({{0, stays(kLeft, 0, 30)}, {0, stays(kRight, 0, 30)}});
  EXPECT_EQ(track_scene(scene, 30).tracks.size(), 2U);
}

TEST(FaceTracker, ANestedSecondBoxIsTheSameFace) {
  const SyntheticScene scene({{0, stays(kLeft, 0, 30)}, {0, stays({70, 70, 40, 50}, 0, 30), 0.8F}});
  EXPECT_EQ(track_scene(scene, 30).tracks.size(), 1U);
}

TEST(FaceTracker, TakesTheOnlyFrameOfAStill) {
  const TrackedFaces faces = track_scene(SyntheticScene({{0, stays(kLeft, 0, 1)}}), 1);
  ASSERT_EQ(faces.tracks.size(), 1U);
  EXPECT_EQ(faces.tracks[0].first_frame(), 0);
  EXPECT_FLOAT_EQ(share_of(faces.tracks[0], 0), 1);
}

class DetectorRate : public ::testing::TestWithParam<int> {};

TEST_P(DetectorRate, DoesNotChangeWhoIsWhere) {
  AnalysisOptions options;
  options.detect_every = GetParam();
  const SyntheticScene scene({{0, stays(kLeft, 0, 60)}, {1, stays(kRight, 12, 47)}});
  const TrackedFaces faces = track_scene(scene, 60, options);
  ASSERT_EQ(faces.tracks.size(), 2U);
  EXPECT_EQ(frames_of(faces.tracks[0]), range(0, 60));
  EXPECT_EQ(frames_of(faces.tracks[1]), range(12, 47));
}

INSTANTIATE_TEST_SUITE_P(Every, DetectorRate, ::testing::Values(1, 2, 5, 9));

}  // namespace
}  // namespace changeling

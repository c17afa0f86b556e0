#include "common/face/face_types.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

FaceTrack make_track(std::int64_t first_frame) {
  FaceTrack track;
  for (std::int64_t frame : {first_frame, first_frame + 1, first_frame + 5}) {
    FaceObservation face;
    face.frame_index = frame;
    face.bbox_px = {1.5F, 2.25F, 30, 40};
    face.score = 0.875F;
    face.landmarks = {{1, 2}, {3.125F, 4}};
    face.pose_deg = {-10, 5.5F, 0.25F};
    face.status = frame == first_frame ? FaceStatus::kDetected : FaceStatus::kTracked;
    track.observations.push_back(face);
  }
  track.identity = {0.6F, -0.8F};
  track.side_px = 30;
  track.sharpness = 123.5F;
  return track;
}

VideoAnalysis make_analysis() {
  VideoAnalysis analysis;
  analysis.video_sha256 = sha256("clip");
  analysis.model_set = sha256("nets");
  analysis.n_frames = 40;
  analysis.width_px = 640;
  analysis.height_px = 360;
  analysis.tracks = {make_track(3), make_track(20)};
  analysis.frames_without_face = {{0, NoFaceReason::kNothingDetected},
                                  {1, NoFaceReason::kTooSmall}};
  analysis.cuts = {20};
  return analysis;
}

bool is_refused(const std::string& bytes) {
  try {
    (void)deserialize_analysis(bytes);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::kCatalog;
  }
  return false;
}

TEST(FaceTrack, FindsAFrameOrNothing) {
  const FaceTrack track = make_track(3);
  ASSERT_NE(track.find(8), nullptr);
  EXPECT_EQ(track.find(8)->frame_index, 8);
  EXPECT_EQ(track.find(5), nullptr);
  EXPECT_EQ(track.find(9), nullptr);
  EXPECT_EQ(track.first_frame(), 3);
  EXPECT_EQ(track.last_frame(), 8);
}

TEST(SerializedAnalysis, ComesBackWithEveryValue) {
  const VideoAnalysis analysis = make_analysis();
  const VideoAnalysis copy = deserialize_analysis(serialize(analysis));
  EXPECT_EQ(copy.video_sha256, analysis.video_sha256);
  EXPECT_EQ(copy.model_set, analysis.model_set);
  EXPECT_EQ(copy.n_frames, 40);
  EXPECT_EQ(copy.width_px, 640);
  EXPECT_EQ(copy.height_px, 360);
  EXPECT_EQ(copy.cuts, analysis.cuts);
  ASSERT_EQ(copy.frames_without_face.size(), 2U);
  EXPECT_EQ(copy.frames_without_face[1].frame_index, 1);
  EXPECT_EQ(copy.frames_without_face[1].reason, NoFaceReason::kTooSmall);
  ASSERT_EQ(copy.tracks.size(), 2U);
  EXPECT_EQ(copy.tracks[1].identity, analysis.tracks[1].identity);
  EXPECT_FLOAT_EQ(copy.tracks[1].sharpness, 123.5F);
  const FaceObservation& face = copy.tracks[0].observations[1];
  EXPECT_EQ(face.frame_index, 4);
  EXPECT_EQ(face.status, FaceStatus::kTracked);
  EXPECT_FLOAT_EQ(face.bbox_px.y, 2.25F);
  EXPECT_FLOAT_EQ(face.score, 0.875F);
  EXPECT_FLOAT_EQ(face.landmarks[1].x, 3.125F);
  EXPECT_FLOAT_EQ(face.pose_deg.pitch_deg, 5.5F);
}

TEST(SerializedAnalysis, HasTheSameBytesForTheSameContent) {
  const std::string bytes = serialize(make_analysis());
  EXPECT_EQ(serialize(make_analysis()), bytes);
  EXPECT_EQ(serialize(deserialize_analysis(bytes)), bytes);
}

TEST(SerializedAnalysis, RefusesEveryTruncation) {
  const std::string bytes = serialize(make_analysis());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_TRUE(is_refused(bytes.substr(0, size))) << size << " bytes";
  }
  EXPECT_TRUE(is_refused(bytes + "x"));
}

TEST(SerializedAnalysis, RefusesEveryChangedByte) {
  const std::string bytes = serialize(make_analysis());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    ASSERT_TRUE(is_refused(damaged)) << "byte " << i;
  }
}

TEST(SerializedTrack, ComesBackAndIsNoAnalysis) {
  const std::string bytes = serialize(make_track(3));
  EXPECT_EQ(deserialize_track(bytes).last_frame(), 8);
  EXPECT_EQ(serialize(deserialize_track(bytes)), bytes);
  EXPECT_TRUE(is_refused(bytes));
}

}  // namespace
}  // namespace changeling

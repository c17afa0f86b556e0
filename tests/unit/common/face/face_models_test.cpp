// The chain of face networks on the two public-domain photographs: locked values, signs of the
// head pose, and independence of the batch.
#include "common/face/face_models.h"

#include <cmath>
#include <optional>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/face/five_points.h"
#include "common/media/image_codec.h"
#include "common/tensor/frame_tensor.h"
#include "common/tensor/image_ops.h"
#include "tests/unit/common/face/face_fixture.h"

namespace changeling {
namespace {

constexpr float kPixels = 2;  // rounding of the published values, resize filters
constexpr float kDegrees = 1.5F;
constexpr float kMirrorDegrees = 4;  // the net is not exactly symmetric

GraphNet net(const std::string& id) {
  return GraphNet(models_folder() / (id + ".safetensors"));
}

Frame photo(const std::string& name) {
  return read_image(std::filesystem::path(CHANGELING_SOURCE_DIR) / "tests/data" / name);
}

Frame mirrored(const Frame& frame) {
  return to_frame(to_tensor(frame).flip(1).contiguous());
}

/// Rotated counter-clockwise about the centre.
Frame rotated(const Frame& frame, float degrees) {
  const PointF center = {static_cast<float>(frame.width_px()) / 2,
                         static_cast<float>(frame.height_px()) / 2};
  const auto turn = CropTransform::square(center, static_cast<float>(frame.width_px()),
                                          frame.width_px(), degrees);
  return to_frame(
      crop(frame, turn, frame.width_px()).round().to(at::kByte).permute({1, 2, 0}).contiguous());
}

struct Face {
  FaceDetection detection;
  Landmarks landmarks;
  EulerPose pose;
};

class FaceModels : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!networks_are_present()) {
      GTEST_SKIP() << kNoNetworks;
    }
    detector_.emplace(net("det_rfb320"));
    landmarks_.emplace(net("lmk68"));
    pose_.emplace(net("pose66"));
  }

  /// The best face of each frame.
  std::vector<Face> faces(const std::vector<Frame>& frames) const {
    std::vector<Face> found;
    std::vector<FaceRegion> regions;
    std::vector<std::size_t> indices;
    for (const std::vector<FaceDetection>& detections : detector_->detect(frames)) {
      CHANGELING_REQUIRE(!detections.empty(), "the photograph shows a face");
      regions.push_back({found.size(), detections.front().bbox_px});
      indices.push_back(found.size());
      found.push_back({detections.front(), {}, {}});
    }
    const std::vector<Landmarks> landmarks = landmarks_->from_detections(frames, regions);
    const std::vector<EulerPose> poses = pose_->estimate(frames, indices, landmarks);
    for (std::size_t i = 0; i < found.size(); ++i) {
      found[i].landmarks = landmarks[i];
      found[i].pose = poses[i];
    }
    return found;
  }

  static void expect_face(const Face& face, const BBox& box, const std::vector<PointF>& points,
                          const EulerPose& pose) {
    EXPECT_NEAR(face.detection.bbox_px.x, box.x, kPixels);
    EXPECT_NEAR(face.detection.bbox_px.y, box.y, kPixels);
    EXPECT_NEAR(face.detection.bbox_px.right(), box.right(), kPixels);
    EXPECT_NEAR(face.detection.bbox_px.bottom(), box.bottom(), kPixels);
    const std::vector<PointF> found = five_points(face.landmarks);
    for (std::size_t i = 0; i < points.size(); ++i) {
      EXPECT_NEAR(found[i].x, points[i].x, kPixels) << "point " << i;
      EXPECT_NEAR(found[i].y, points[i].y, kPixels) << "point " << i;
    }
    EXPECT_NEAR(face.pose.yaw_deg, pose.yaw_deg, kDegrees);
    EXPECT_NEAR(face.pose.pitch_deg, pose.pitch_deg, kDegrees);
    EXPECT_NEAR(face.pose.roll_deg, pose.roll_deg, kDegrees);
  }

  std::optional<FaceDetector> detector_;
  std::optional<LandmarkEstimator> landmarks_;
  std::optional<PoseEstimator> pose_;
};

TEST_F(FaceModels, ReproduceTheLockedChain) {
  const std::vector<Frame> photos = {photo("grace_hopper.jpg"), photo("astronaut.png")};
  for (const auto& detections : detector_->detect(photos)) {
    EXPECT_EQ(detections.size(), 1U);
  }
  const std::vector<Face> found = faces(photos);
  // Yaw as published by the net, negated: ours is positive toward the subject's left.
  expect_face(
      found[0], {169.4F, 111.6F, 191.2F, 206.9F},
      {{223.9F, 176.5F}, {309.1F, 170.8F}, {270.6F, 221.2F}, {233.8F, 265.1F}, {308.0F, 260.0F}},
      {2.0F, -4.7F, -5.7F});
  expect_face(
      found[1], {179.0F, 62.8F, 90.3F, 110.6F},
      {{204.5F, 102.0F}, {247.6F, 103.9F}, {224.9F, 129.0F}, {202.1F, 141.6F}, {245.8F, 143.3F}},
      {-0.8F, -9.1F, 2.9F});
}

TEST_F(FaceModels, TellTwoPeopleApart) {
  const std::vector<Frame> photos = {photo("grace_hopper.jpg"), photo("astronaut.png"),
                                     mirrored(photo("grace_hopper.jpg"))};
  std::vector<Landmarks> landmarks;
  for (const Face& face : faces(photos)) {
    landmarks.push_back(face.landmarks);
  }
  const at::Tensor unit = IdentityEmbedder(net("id512")).embed(photos, {0, 1, 2}, landmarks);
  ASSERT_EQ(unit.sizes(), at::IntArrayRef({3, 512}));
  EXPECT_NEAR(unit[0].norm().item<float>(), 1, 1e-5);
  EXPECT_NEAR(at::dot(unit[0], unit[1]).item<float>(), 0.14F, 0.03F);
  EXPECT_GT(at::dot(unit[0], unit[2]).item<float>(), 0.7F);
  const at::Tensor raw =
      IndependentIdentityEmbedder(DlibResNet(models_folder() / "id128_dlib.safetensors"))
          .embed(photos, {0, 1, 2}, landmarks);
  ASSERT_EQ(raw.sizes(), at::IntArrayRef({3, 128}));
  EXPECT_GT((raw[0] - raw[1]).norm().item<float>(), 0.6F);
  EXPECT_LT((raw[0] - raw[2]).norm().item<float>(), 0.6F);
}

TEST_F(FaceModels, MirroringNegatesYawAndRoll) {
  if (!std::filesystem::exists(sample_clip("franck.mp4"))) {
    GTEST_SKIP() << kNoClips;
  }
  // He looks and leans to one side here.
  const Frame turned = first_frames(sample_clip("franck.mp4"), 61).back();
  const std::vector<Face> found = faces({turned, mirrored(turned)});
  EXPECT_GT(found[0].pose.yaw_deg, 7);
  EXPECT_LT(found[0].pose.roll_deg, -7);
  EXPECT_NEAR(found[0].pose.yaw_deg, -found[1].pose.yaw_deg, kMirrorDegrees);
  EXPECT_NEAR(found[0].pose.pitch_deg, found[1].pose.pitch_deg, kMirrorDegrees);
  EXPECT_NEAR(found[0].pose.roll_deg, -found[1].pose.roll_deg, kMirrorDegrees);
}

TEST_F(FaceModels, TurningCounterClockwiseLowersRoll) {
  for (const char* name : {"grace_hopper.jpg", "astronaut.png"}) {
    const Frame upright = photo(name);
    const std::vector<Face> found = faces({upright, rotated(upright, 15), rotated(upright, -15)});
    EXPECT_NEAR(found[1].pose.roll_deg - found[0].pose.roll_deg, -15, 4) << name;
    EXPECT_NEAR(found[2].pose.roll_deg - found[0].pose.roll_deg, 15, 4) << name;
  }
}

TEST_F(FaceModels, ASecondLookKeepsTheLandmarks) {
  const std::vector<Frame> photos = {photo("grace_hopper.jpg"), photo("astronaut.png")};
  const std::vector<Face> found = faces(photos);
  const auto again =
      landmarks_->from_landmarks(photos, {0, 1}, {found[0].landmarks, found[1].landmarks});
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const float side = found[i].detection.bbox_px.height;
    for (std::size_t p = 0; p < 68; ++p) {
      EXPECT_NEAR(again[i][p].x, found[i].landmarks[p].x, 0.06F * side);
      EXPECT_NEAR(again[i][p].y, found[i].landmarks[p].y, 0.06F * side);
    }
  }
}

TEST_F(FaceModels, AFaceHasTheSameBitsInEveryBatch) {
  const std::vector<Frame> frames = {photo("grace_hopper.jpg"), photo("astronaut.png"),
                                     rotated(photo("astronaut.png"), 10)};
  const IdentityEmbedder embedder(net("id512"));
  const std::vector<Face> together = faces(frames);
  std::vector<Landmarks> landmarks;
  for (const Face& face : together) {
    landmarks.push_back(face.landmarks);
  }
  const at::Tensor identities = embedder.embed(frames, {0, 1, 2}, landmarks);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Face alone = faces({frames[i]}).front();
    EXPECT_EQ(alone.detection.score, together[i].detection.score);
    EXPECT_EQ(alone.detection.bbox_px.x, together[i].detection.bbox_px.x);
    EXPECT_EQ(alone.pose.yaw_deg, together[i].pose.yaw_deg);
    for (std::size_t p = 0; p < 68; ++p) {
      EXPECT_EQ(alone.landmarks[p].x, together[i].landmarks[p].x);
      EXPECT_EQ(alone.landmarks[p].y, together[i].landmarks[p].y);
    }
    EXPECT_TRUE(at::equal(embedder.embed({frames[i]}, {0}, {landmarks[i]})[0],
                          identities[static_cast<std::int64_t>(i)]));
  }
}

TEST_F(FaceModels, FeaturesOfAFaceHaveTheSameBitsInEveryBatchAndTellFacesApart) {
  const std::vector<Frame> frames = {photo("grace_hopper.jpg"), photo("astronaut.png")};
  std::vector<Landmarks> landmarks;
  for (const Face& face : faces(frames)) {
    landmarks.push_back(face.landmarks);
  }
  for (const auto& [id, dimensions, distance] :
       {std::tuple("feat_dn121x", 1024, 1.0), std::tuple("feat_iv3n", 2048, 0.1)}) {
    const FeatureExtractor extractor(net(id));
    const at::Tensor features = extractor.features(frames, {0, 1}, landmarks);
    ASSERT_EQ(features.sizes(), (std::vector<std::int64_t>{2, dimensions}));
    EXPECT_TRUE(at::equal(extractor.features({frames[1]}, {0}, {landmarks[1]})[0], features[1]));
    EXPECT_TRUE(features.ge(0).all().item<bool>());  // after a ReLU
    EXPECT_GT((features[0] - features[1]).norm().item<double>(), distance);
    EXPECT_EQ(extractor.features({}, {}, {}).sizes(), (std::vector<std::int64_t>{0, dimensions}));
  }
}

/// Grey, with the photograph `width_px` wide in it, its upper left corner at (x, y).
Frame with_photo(int width_px, PointF corner, const Frame& picture) {
  const float scale = static_cast<float>(width_px) / static_cast<float>(picture.width_px());
  const int height_px = static_cast<int>(scale * static_cast<float>(picture.height_px()));
  at::Tensor wall = at::full({1080, 1920, 3}, 128, at::kByte);
  wall.narrow(0, static_cast<int>(corner.y), height_px)
      .narrow(1, static_cast<int>(corner.x), width_px)
      .copy_(resize_frame(picture, width_px, height_px).permute({1, 2, 0}).round());
  return to_frame(wall);
}

TEST_F(FaceModels, TilesFindSmallFacesOfALargeFrameOnceAndNothingElse) {
  const FaceDetector tiled(net("det_rfb320"), 0.65F, 640);
  const Frame picture = photo("astronaut.png");
  constexpr int kWidth = 240;  // the face is 42 px wide, 7 where the whole frame is seen
  std::size_t n_seen_whole = 0;
  for (const PointF corner : {PointF{0, 0}, {500, 300}, {850, 600}, {1500, 700}}) {
    const Frame frame = with_photo(kWidth, corner, picture);
    n_seen_whole += detector_->detect({frame}).front().size();
    const std::vector<FaceDetection> found = tiled.detect({frame}).front();
    ASSERT_EQ(found.size(), 1U) << corner.x;
    const BBox& box = found.front().bbox_px;
    EXPECT_NEAR(box.center().x, corner.x + 224.F * kWidth / 512, 4);
    EXPECT_NEAR(box.center().y, corner.y + 118.F * kWidth / 512, 4);
    EXPECT_NEAR(box.height, 110.6F * kWidth / 512, 8);
  }
  EXPECT_LT(n_seen_whole, 4U);
  for (const PointF corner : {PointF{100, 20}, {700, 50}}) {  // the whole frame shows this one
    const Frame frame = with_photo(1000, corner, picture);
    EXPECT_EQ(tiled.detect({frame}).front().size(), 1U) << corner.x;
  }
}

TEST_F(FaceModels, FindNobodyOnAGreyWall) {
  const Frame wall(320, 240, PixelFormat::kRgb24, std::vector<std::uint8_t>(320 * 240 * 3, 128));
  EXPECT_TRUE(detector_->detect({wall}).front().empty());
  EXPECT_TRUE(landmarks_->from_detections({wall}, {}).empty());
}

TEST_F(FaceModels, RefuseAnotherNetwork) {
  EXPECT_THROW(FaceDetector(net("lmk68")), Error);
}

}  // namespace
}  // namespace changeling

#include "generator/train/perceptual_net.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "common/base/error.h"
#include "common/face/face_crops.h"
#include "common/face/face_models.h"
#include "common/media/image_codec.h"
#include "common/tensor/image_ops.h"
#include "tests/unit/common/face/face_fixture.h"

namespace changeling {
namespace {

/// Landmarks whose five points are id512's template in a crop of 112 px.
at::Tensor template_landmarks() {
  at::Tensor landmarks = torch::zeros({1, 68, 2});
  const auto set = [&](int first, int last, double x, double y) {
    for (int i = first; i < last; ++i) {
      landmarks[0][i][0] = x / 112;
      landmarks[0][i][1] = y / 112;
    }
  };
  set(36, 42, 38.2946, 51.6963);
  set(42, 48, 73.5318, 51.5014);
  set(30, 31, 56.0252, 71.7366);
  set(48, 49, 41.5493, 92.3655);
  set(54, 55, 70.7299, 92.2041);
  return landmarks;
}

TEST(Align112, KeepsAFaceThatStandsOnTheTemplate) {
  const at::Tensor image = torch::rand({1, 3, 112, 112});
  EXPECT_LT((align_112(image, template_landmarks()) - image).abs().max().item<double>(), 1e-3);
}

/// The two public-domain faces as crops of 128 px with their landmarks.
struct Faces {
  at::Tensor images;     // (2,3,128,128)
  at::Tensor landmarks;  // (2,68,2)
};

class IdentityPerceptionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!networks_are_present()) {
      GTEST_SKIP() << kNoNetworks;
    }
    const FaceDetector detector(GraphNet(models_folder() / "det_rfb320.safetensors"));
    const LandmarkEstimator estimator(GraphNet(models_folder() / "lmk68.safetensors"));
    std::vector<at::Tensor> images;
    std::vector<at::Tensor> landmarks;
    for (const char* name : {"grace_hopper.jpg", "astronaut.png"}) {
      const Frame photo =
          read_image(std::filesystem::path(CHANGELING_SOURCE_DIR) / "tests/data" / name);
      const BBox box = detector.detect({photo}).front().front().bbox_px;
      const Landmarks points = estimator.from_detections({photo}, {{0, box}}).front();
      const CropTransform square = landmark_square(points, 1.5F, 128);
      images.push_back(crop(photo, square, 128) / 127.5 - 1);
      at::Tensor rows = torch::empty({68, 2});
      for (int i = 0; i < 68; ++i) {
        const PointF at = square.to_crop(points[static_cast<std::size_t>(i)]);
        rows[i][0] = at.x / 128;
        rows[i][1] = at.y / 128;
      }
      landmarks.push_back(rows);
    }
    faces_ = {torch::stack(images), torch::stack(landmarks)};
    net_ = make_identity_perception(models_folder(), c10::kCPU);
  }

  Faces faces_;
  std::unique_ptr<PerceptualNet> net_;
};

TEST_F(IdentityPerceptionTest, NamesItsLicence) {
  EXPECT_EQ(net_->licence(), "MIT");
}

TEST_F(IdentityPerceptionTest, WeighsItsTapsAlikeOnRealFaces) {
  for (const FeatureTap& tap : net_->features(faces_.images, faces_.landmarks)) {
    EXPECT_NEAR(tap.value.abs().mean().item<double>() * tap.weight, 1.0, 0.25)
        << "tap of " << tap.value.sizes();
  }
}

TEST_F(IdentityPerceptionTest, TellsTwoPeopleFurtherApartThanTwoExposures) {
  const auto of = [&](const at::Tensor& images) {
    return net_->features(images, faces_.landmarks);
  };
  const at::Tensor darker = (faces_.images * 0.9 - 0.05).clamp(-1, 1);
  const double exposure = perceptual_loss(of(darker), of(faces_.images)).item<double>();
  const std::vector<FeatureTap> swapped =
      net_->features(faces_.images.flip(0), faces_.landmarks.flip(0));
  const double people = perceptual_loss(swapped, of(faces_.images)).item<double>();
  EXPECT_GT(exposure, 0);
  EXPECT_GT(people, 2 * exposure);
}

TEST_F(IdentityPerceptionTest, LetsGradientsReachTheImage) {
  at::Tensor image = (faces_.images * 0.9).clone().set_requires_grad(true);
  perceptual_loss(net_->features(image, faces_.landmarks),
                  net_->features(faces_.images, faces_.landmarks))
      .backward();
  ASSERT_TRUE(image.grad().defined());
  EXPECT_TRUE(image.grad().isfinite().all().item<bool>());
  EXPECT_GT(image.grad().abs().sum().item<double>(), 0);
}

TEST(VggPerception, RefusesOtherNetworks) {
  NetInfo info;
  info.kind = NetKind::kSegUnet;
  info.ngf = 4;
  EXPECT_THROW((void)make_vgg_perception(random_net_weights(info, 1), c10::kCPU), Error);
}

}  // namespace
}  // namespace changeling

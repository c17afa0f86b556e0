#include "generator/methods/fsgan/fsgan_nets.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/face/mesh_warp.h"
#include "common/nets/landmark_context.h"
#include "common/nets/networks.h"
#include "generator/methods/fsgan/input_prior.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

class FsganNetsTest : public testing::Test {
 protected:
  FsganNetsTest() {
    options_.resolution_px = 64;
    options_.precision = Precision::kFloat32;
    weights_ = random_fsgan_weights(2, 64, 1.2, 1);
  }

  NetWeights& role(const std::string& name) {
    return *std::find_if(weights_.begin(), weights_.end(),
                         [&](const NetWeights& each) { return each.info.role == name; });
  }

  std::filesystem::path file(const std::string& name) const {
    return folder_.path() / (name + ".safetensors");
  }

  void write_all() const {
    for (const NetWeights& weights : weights_) {
      write_net_weights(file(weights.info.role), weights);
    }
  }

  /// The one line that loading ends with.
  std::string refusal(ErrorKind kind = ErrorKind::kModel) const {
    return refusal_of(kind, [&] { (void)load_fsgan_nets(folder_.path(), options_); });
  }

  TempDir folder_;
  FsganOptions options_;
  std::vector<NetWeights> weights_;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(FsganNetsTest, LoadsWhatTheRungsNeed) {
  write_all();
  const FsganNets nets = load_fsgan_nets(folder_.path(), options_);
  ASSERT_EQ(nets.models.size(), 4U);
  EXPECT_EQ(nets.models[0].role, "fsgan_reenactment");
  EXPECT_EQ(nets.models[0].sha256, sha256_file(file("reenactment")));
  EXPECT_EQ(nets.models[0].version, "msresunet_v2");
  EXPECT_EQ(nets.models[0].trained_on, role("reenactment").info.trained_on);
  options_.rungs = {Rung::kReenacted};
  options_.segmenter = SegmenterKind::kHull;
  EXPECT_EQ(needed_nets(options_), std::vector<std::string>{"reenactment"});
  std::filesystem::remove(file("blending"));
  const FsganNets few = load_fsgan_nets(folder_.path(), options_);
  EXPECT_EQ(few.blending, nullptr);
  EXPECT_EQ(few.segmentation, nullptr);
}

TEST_F(FsganNetsTest, TheVersionOfAModelNamesItsPrior) {
  NetInfo info = role("blending").info;
  info.notes["prior"] = kInputPrior;
  info.out = {3, 1};
  role("blending") = random_net_weights(info, 1);
  write_all();
  EXPECT_EQ(load_fsgan_nets(folder_.path(), options_).models[3].version, "msresunet_v2+input");
}

TEST_F(FsganNetsTest, AMissingFileIsNamedWithItsCure) {
  write_all();
  std::filesystem::remove(file("blending"));
  const std::string message = refusal(ErrorKind::kConfig);
  EXPECT_TRUE(has(message, "blending.safetensors")) << message;
  EXPECT_TRUE(has(message, "fsgan.weights")) << message;
}

TEST_F(FsganNetsTest, NetworksForOtherCropsAreRefusedWithBothValues) {
  role("inpainting").info.crop_scale = 2;
  write_all();
  const std::string message = refusal();
  EXPECT_TRUE(has(message, "inpainting") && has(message, "2") && has(message, "1.2")) << message;
}

TEST_F(FsganNetsTest, NetworksForAnotherResolutionAreRefusedWithBothValues) {
  role("reenactment").info.resolution_px = 128;
  write_all();
  const std::string message = refusal();
  EXPECT_TRUE(has(message, "128") && has(message, "64")) << message;
  EXPECT_TRUE(has(message, "reenactment.safetensors") && has(message, "fsgan.resolution"));
}

TEST_F(FsganNetsTest, ANetworkInTheWrongPlaceIsRefused) {
  write_all();
  std::filesystem::copy_file(file("inpainting"), file("blending"),
                             std::filesystem::copy_options::overwrite_existing);
  const std::string message = refusal();
  EXPECT_TRUE(has(message, "blending") && has(message, "inpainting")) << message;
}

TEST_F(FsganNetsTest, NanTruncatedAndHostileFilesAreRefused) {
  write_all();
  const std::string whole = read_file(file("blending"));
  write_file_atomically(file("blending"), whole.substr(0, whole.size() / 2));
  EXPECT_TRUE(has(refusal(), "blending"));
  std::string huge = whole;
  std::fill_n(huge.begin(), 8, '\xff');  // a header of 2^64 - 1 bytes
  write_file_atomically(file("blending"), huge);
  EXPECT_TRUE(has(refusal(), "blending"));
  std::string nan = whole;
  std::fill_n(nan.end() - 4, 4, '\xff');
  write_file_atomically(file("blending"), nan);
  EXPECT_TRUE(has(refusal(), "damaged")) << refusal();
}

TEST_F(FsganNetsTest, AWrongShapeIsRefusedWithBothShapes) {
  NetWeights& blending = role("blending");
  NetWeights narrow = random_fsgan_weights(4, 64, 1.2, 1)[3];
  narrow.info.ngf = blending.info.ngf;
  EXPECT_THROW(write_net_weights(file("x"), narrow), Error);
}

TEST_F(FsganNetsTest, ReenactmentMayStartFromAWarp) {
  NetInfo found = role("reenactment").info;
  EXPECT_EQ(expected_net("reenactment", options_, found).in, 71);
  found.notes["prior"] = kMeshWarpPrior;
  const NetInfo expected = expected_net("reenactment", options_, found);
  EXPECT_EQ(expected.in, 75);
  EXPECT_EQ(expected.out, (std::vector<int>{3, 1}));
}

TEST_F(FsganNetsTest, ReenactmentOfVersion1GetsTheMapsOfVersion1) {
  NetInfo info = role("reenactment").info;
  info.kind = NetKind::kMsResUnetV1;
  info.flat = {2, 0, 2, 3};
  info.out = {3, 3};
  role("reenactment") = random_net_weights(info, 1);
  write_all();
  options_.rungs = {Rung::kReenacted};
  options_.segmenter = SegmenterKind::kHull;
  const at::Tensor picture = at::linspace(-1, 1, 3 * 64 * 64).view({1, 3, 64, 64});
  const at::Tensor landmarks = at::linspace(0.1, 0.9, 2 * 68).view({1, 68, 2});
  const at::Tensor context = at::zeros({1}, at::TensorOptions().dtype(at::kLong));
  const auto of_maps = [&](NetKind kind) {
    return at::cat(run_network(role("reenactment"),
                               with_landmark_maps(kind, make_pyramid(picture, 2), landmarks)),
                   1);
  };
  for (const FsganMode mode : {FsganMode::kEngine, FsganMode::kFrameByFrame}) {
    options_.mode = mode;
    const FsganNets nets = load_fsgan_nets(folder_.path(), options_);
    const at::Tensor found = nets.reenactment->run(picture, landmarks, context);
    EXPECT_TRUE(at::allclose(found, of_maps(NetKind::kMsResUnetV1), 0, 1e-4));
    EXPECT_FALSE(at::allclose(found, of_maps(NetKind::kMsResUnetV2), 0, 1e-3));
  }
}

TEST_F(FsganNetsTest, InpaintingAndBlendingMayStartFromTheirInput) {
  for (const std::string name : {"inpainting", "blending"}) {
    NetInfo found = role(name).info;
    EXPECT_EQ(expected_net(name, options_, found).out, std::vector<int>{3});
    found.notes["prior"] = kInputPrior;
    EXPECT_EQ(expected_net(name, options_, found).out, (std::vector<int>{3, 1}));
  }
}

TEST_F(FsganNetsTest, ReenactmentDoesNotStartFromItsInput) {
  NetInfo found = role("reenactment").info;
  found.notes["prior"] = kInputPrior;
  EXPECT_EQ(expected_net("reenactment", options_, found).out, std::vector<int>{3});
}

TEST_F(FsganNetsTest, RandomWeightsSayThatTheySwapNothing) {
  for (const NetWeights& weights : weights_) {
    EXPECT_TRUE(has(weights.info.trained_on, "nothing")) << weights.info.trained_on;
  }
  const std::vector<NetWeights> again = random_fsgan_weights(2, 64, 1.2, 1);
  const std::vector<NetWeights> other = random_fsgan_weights(2, 64, 1.2, 2);
  EXPECT_EQ(again[0].sha256, weights_[0].sha256);
  EXPECT_NE(other[0].sha256, weights_[0].sha256);
}

}  // namespace
}  // namespace changeling

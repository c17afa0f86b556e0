#include "common/nets/inference_engine.h"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/nets/folded_net.h"
#include "common/nets/landmark_context.h"
#include "common/nets/networks.h"
#include "common/tensor/device.h"
#include "common/tensor/pyramid.h"
#include "tests/support/net_fill.h"

namespace changeling {
namespace {

/// Float rounding only: other orders of summation, batch norm folded into the filters.
constexpr double kFloatTolerance = 1e-4;
constexpr double kMinPsnrDb = 40;

EngineOptions precision(Precision wanted) {
  EngineOptions options;
  options.precision = wanted;
  return options;
}

double max_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

/// Of images in [-1,1].
double psnr_db(const at::Tensor& a, const at::Tensor& b) {
  return 10 * std::log10(4 / (a - b).square().mean().item<double>());
}

at::Tensor images(int channels, int side, std::initializer_list<std::uint32_t> seeds) {
  std::vector<at::Tensor> all;
  for (const std::uint32_t seed : seeds) {
    all.push_back(filled_image(channels, side, seed));
  }
  return at::cat(all);
}

struct Case {
  std::string name;
  NetInfo info;
  int side = 32;
};

NetInfo with_pyr_down(NetInfo info) {
  info.pyramid = Halving::kPyrDown;
  return info;
}

std::vector<Case> cases() {
  return {{"Inpainting", ms_res_unet_info(4, 8), 48},
          {"Blending", ms_res_unet_info(7, 16), 32},
          {"Smallest", ms_res_unet_info(7, 4, {1, 1, 1, 1}), 16},
          {"NoResidualBlocks", ms_res_unet_info(7, 4, {0, 0, 0, 0}), 32},
          {"SplitHeads", ms_res_unet_info(7, 8, {1, 1, 1, 1}, {3, 3}), 32},
          {"PyrDown", with_pyr_down(ms_res_unet_info(71, 8, {1, 1, 1, 1})), 32},
          {"Version1", ms_res_unet_info(4, 8, {2, 0, 2, 3}, {3}, NetKind::kMsResUnetV1), 32},
          {"MapsInTheInput", ms_res_unet_info(71, 8, {1, 1, 1, 1}), 32},
          {"Segmentation", net_info(NetKind::kSegUnet, 8, {3}), 48}};
}

class Engine : public testing::TestWithParam<Case> {
 protected:
  const NetWeights net_ = filled_weights(GetParam().info);
  const at::Tensor input_ =
      images(GetParam().info.in, GetParam().side, {1, 2, 3, 4, 5, 6, 7, 8, 9});
};

TEST_P(Engine, EqualsTheEagerNetworkInFloat32) {
  const at::Tensor two = input_.narrow(0, 0, 2);
  const at::Tensor expected = make_eager_runner(net_)->run(two);
  const at::Tensor found = make_engine(net_, precision(Precision::kFloat32))->run(two);
  EXPECT_EQ(found.sizes(), expected.sizes());
  EXPECT_TRUE(found.is_contiguous());
  EXPECT_LE(max_difference(found, expected), kFloatTolerance);
}

TEST_P(Engine, EqualsTheEagerNetworkWithLibTorchsKernels) {
  FoldedNetOptions options;
  options.kernels = LayerKernels::kLibTorch;
  const FoldedNet folded(net_, options);
  const at::Tensor one = input_.narrow(0, 0, 1);
  const int maps = GetParam().info.landmarks;
  const int shown = GetParam().info.in - maps;
  const std::vector<at::Tensor> contexts =
      maps == 0 ? std::vector<at::Tensor>() : folded.contexts_of_maps(one.narrow(1, shown, maps));
  EXPECT_LE(max_difference(folded.run(one.narrow(1, 0, shown), contexts),
                           make_eager_runner(net_)->run(one)),
            kFloatTolerance);
}

TEST_P(Engine, GivesEachImageTheSameBitsInAnyBatch) {
  const auto engine = make_engine(net_, precision(Precision::kFloat32));
  std::vector<at::Tensor> alone;
  for (const at::Tensor& image : input_.split(1)) {
    alone.push_back(engine->run(image));
  }
  const at::Tensor expected = at::cat(alone);
  for (std::int64_t size = 2; size <= input_.size(0); ++size) {
    EXPECT_TRUE(at::equal(engine->run(input_.narrow(0, 0, size)), expected.narrow(0, 0, size)))
        << "batch of " << size;
  }
  const at::Tensor order = at::tensor({4, 8, 0, 4, 2}, at::TensorOptions().dtype(at::kLong));
  EXPECT_TRUE(
      at::equal(engine->run(input_.index_select(0, order)), expected.index_select(0, order)));
}

TEST_P(Engine, DoesNotDependOnTheBuckets) {
  const at::Tensor two = input_.narrow(0, 0, 2);
  EngineOptions options = precision(Precision::kFloat32);
  const at::Tensor expected = make_engine(net_, options)->run(two);
  options.buckets = {3};  // a row of padding
  EXPECT_TRUE(at::equal(make_engine(net_, options)->run(two), expected));
}

TEST_P(Engine, LosesLittleInBFloat16) {
  if (!has_bfloat16(c10::kCPU)) {
    GTEST_SKIP() << "no AVX512-BF16";
  }
  const at::Tensor two = input_.narrow(0, 0, 2);
  const at::Tensor expected = make_engine(net_, precision(Precision::kFloat32))->run(two);
  const at::Tensor found = make_engine(net_, precision(Precision::kBFloat16))->run(two);
  const at::Tensor range = expected.abs().max().clamp_min(1);  // logits are not in [-1,1]
  EXPECT_GE(psnr_db(found / range, expected / range), kMinPsnrDb);
}

INSTANTIATE_TEST_SUITE_P(All, Engine, testing::ValuesIn(cases()),
                         [](const auto& tested) { return tested.param.name; });

class LandmarkEngine : public testing::Test {
 protected:
  static constexpr int kSide = 48;

  [[nodiscard]] at::Tensor reference(const at::Tensor& pictures, const at::Tensor& context) const {
    return run_network(net_, with_landmark_maps(net_.info.kind, make_pyramid(pictures, 2),
                                                landmarks_.index_select(0, context)))
        .front();
  }

  const NetWeights net_ = filled_weights(ms_res_unet_info(71, 8, {1, 1, 1, 1}));
  const at::Tensor pictures_ = images(3, kSide, {1, 2, 3, 4, 5});
  const at::Tensor landmarks_ = fill(3L * 68 * 2, 5).view({3, 68, 2}) * 0.55 + 0.5;
  const at::Tensor context_ = at::tensor({0, 0, 2, 1, 2}, at::TensorOptions().dtype(at::kLong));
};

TEST_F(LandmarkEngine, EqualsTheNetworkOnDenseMaps) {
  const auto engine = make_engine(net_, precision(Precision::kFloat32));
  const at::Tensor found = engine->run(pictures_, landmarks_, context_);
  EXPECT_LE(max_difference(found, reference(pictures_, context_)), kFloatTolerance);
  EXPECT_TRUE(at::equal(engine->run(pictures_, landmarks_, context_), found)) << "a second run";
}

TEST_F(LandmarkEngine, DrawsForVersion1ThePatchesThatItWasTrainedOn) {
  const NetWeights net =
      filled_weights(ms_res_unet_info(71, 8, {2, 0, 2, 3}, {3}, NetKind::kMsResUnetV1));
  const at::Tensor rows = landmarks_.index_select(0, context_);
  Pyramid input = make_pyramid(pictures_, 2);
  for (at::Tensor& level : input.levels) {
    level = at::cat({level, landmark_maps_v1(rows, static_cast<int>(level.size(3)))}, 1);
  }
  const auto engine = make_engine(net, precision(Precision::kFloat32));
  EXPECT_LE(
      max_difference(engine->run(pictures_, landmarks_, context_), run_network(net, input).front()),
      kFloatTolerance);
}

TEST_F(LandmarkEngine, GivesEachImageTheSameBitsInAnyBatch) {
  const auto engine = make_engine(net_, precision(Precision::kFloat32));
  const at::Tensor together = engine->run(pictures_, landmarks_, context_);
  for (std::int64_t i = 0; i < pictures_.size(0); ++i) {
    const at::Tensor alone =
        engine->run(pictures_.narrow(0, i, 1), landmarks_, context_.narrow(0, i, 1));
    EXPECT_TRUE(at::equal(alone[0], together[i])) << i;
  }
}

TEST_F(LandmarkEngine, LosesLittleInBFloat16) {
  if (!has_bfloat16(c10::kCPU)) {
    GTEST_SKIP() << "no AVX512-BF16";
  }
  const at::Tensor found =
      make_engine(net_, precision(Precision::kBFloat16))->run(pictures_, landmarks_, context_);
  EXPECT_GE(psnr_db(found, reference(pictures_, context_)), kMinPsnrDb);
}

TEST_F(LandmarkEngine, RefusesWhatDoesNotFit) {
  const auto engine = make_engine(net_, precision(Precision::kFloat32));
  EXPECT_THROW((void)engine->run(pictures_), Error) << "maps are missing";
  EXPECT_THROW((void)engine->run(pictures_, landmarks_.narrow(1, 0, 5), context_), Error);
  EXPECT_THROW((void)engine->run(pictures_, landmarks_, context_ + 1), Error);
  EXPECT_THROW((void)engine->run(pictures_, landmarks_, context_.narrow(0, 0, 2)), Error);
  EXPECT_THROW((void)engine->run(pictures_.narrow(3, 0, 32), landmarks_, context_), Error);
}

TEST(InferenceEngine, DoesNotDependOnTheNumberOfThreads) {
  const NetWeights net = filled_weights(ms_res_unet_info(7, 8, {1, 1, 1, 1}));
  const at::Tensor input = filled_image(7, 32, 1);
  const auto engine = make_engine(net, precision(Precision::kFloat32));
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor expected = engine->run(input);
  at::set_num_threads(2);
  const at::Tensor found = engine->run(input);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(found, expected));
}

TEST(InferenceEngine, GivesTensorsThatAutogradMaySave) {
  const NetWeights net = filled_weights(ms_res_unet_info(4, 4, {0, 0, 0, 0}));
  const at::Tensor output =
      make_engine(net, precision(Precision::kFloat32))->run(filled_image(4, 16, 1));
  at::Tensor scale = at::ones({1}).set_requires_grad(true);
  (output * scale).sum().backward();
  EXPECT_NEAR(scale.grad().item<double>(), output.sum().item<double>(), 1e-3);
}

TEST(InferenceEngine, RefusesNetworksThatItDoesNotRun) {
  EXPECT_THROW((void)make_engine(filled_weights(net_info(NetKind::kVgg19, 2, {})), {}), Error);
}

TEST(InferenceEngine, RefusesImagesOfOtherSizes) {
  const auto engine = make_engine(filled_weights(ms_res_unet_info(4, 4, {0, 0, 0, 0})),
                                  precision(Precision::kFloat32));
  EXPECT_THROW((void)engine->run(filled_image(4, 24, 1)), Error);
  EXPECT_THROW((void)engine->run(filled_image(3, 32, 1)), Error);
  EXPECT_THROW((void)engine->run(filled_image(4, 32, 1).to(at::kDouble)), Error);
  EXPECT_THROW((void)engine->run(filled_image(4, 32, 1)[0]), Error);
}

TEST(InferenceEngine, RefusesADeviceThatIsAbsent) {
  EngineOptions options;
  options.device = c10::Device(c10::kCUDA, 100);
  try {
    (void)make_engine(filled_weights(ms_res_unet_info(4, 4, {0, 0, 0, 0})), options);
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kResource);
  }
}

TEST(ResolvePrecision, FollowsTheHardware) {
  EXPECT_EQ(resolve_precision(Precision::kFloat32, c10::kCPU), Precision::kFloat32);
  EXPECT_EQ(resolve_precision(Precision::kAuto, {c10::kCUDA, 0}), Precision::kBFloat16);
  if (has_bfloat16(c10::kCPU)) {
    EXPECT_EQ(resolve_precision(Precision::kAuto, c10::kCPU), Precision::kBFloat16);
  } else {
    EXPECT_EQ(resolve_precision(Precision::kAuto, c10::kCPU), Precision::kFloat32);
    EXPECT_THROW((void)resolve_precision(Precision::kBFloat16, c10::kCPU), Error);
  }
}

}  // namespace
}  // namespace changeling

// The networks against values of the reference networks, with weights that hold no training: every
// tensor is filled from its name (tests/support/net_fill.h), so a wrong name is a wrong value.
#include "common/nets/networks.h"

#include <set>
#include <string>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/nets/architectures.h"
#include "common/nets/layer_counter.h"
#include "tests/support/golden_values.h"
#include "tests/support/net_fill.h"

namespace changeling {
namespace {

constexpr double kTolerance = 1e-4;

/// Mean, then the values at [0,0,0], [C-1,H/2,W/3], [C-1,H-1,W-1].
struct Golden {
  double mean;
  double first;
  double middle;
  double last;
};

void expect_values(const std::string& name, const at::Tensor& output, const Golden& golden) {
  const at::Tensor image = output[0];
  const at::Tensor plane = image[image.size(0) - 1];
  const auto check = [&](const char* place, const at::Tensor& value, double expected) {
    expect_golden(name + "_" + place, value.item<double>(), expected, kTolerance);
  };
  check("mean", image.mean(), golden.mean);
  check("first", image[0][0][0], golden.first);
  check("middle", plane[plane.size(0) / 2][plane.size(1) / 3], golden.middle);
  check("last", plane[plane.size(0) - 1][plane.size(1) - 1], golden.last);
}

NetInfo tiny_v2() {
  return ms_res_unet_info(7, 4, {1, 1, 1, 1});
}

NetInfo tiny_v1() {
  return ms_res_unet_info(7, 4, {1, 0, 1, 1}, {3}, NetKind::kMsResUnetV1);
}

TEST(NetworksGolden, TheFillIsThatOfTheGoldenValues) {
  const at::Tensor values = fill(3, 7);
  expect_golden("fill0", values[0].item<double>(), 0.272583, 1e-6);
  expect_golden("fill1", values[1].item<double>(), 0.362739, 1e-6);
  expect_golden("fill2", values[2].item<double>(), 0.357422, 1e-6);
}

TEST(NetworksGolden, AveragePyramid) {
  expect_values("pyramid", make_pyramid(filled_image(3, 64), 2).levels[1],
                {-.004071, .099178, -.366314, -.132054});
}

TEST(NetworksGolden, MsResUnetWithTwoLevels) {
  const auto heads = run_network(filled_weights(tiny_v2()), make_pyramid(filled_image(7, 64), 2));
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_EQ(heads[0].sizes(), (at::IntArrayRef{1, 3, 64, 64}));
  expect_values("v2", heads[0], {.070840, -.959117, .521422, .820606});
}

TEST(NetworksGolden, MsResUnetWithTheCoarseLevelOnly) {
  const Pyramid pyramid = make_pyramid(filled_image(7, 64), 2);
  const auto heads = run_network(filled_weights(tiny_v2()), {{pyramid.levels[1]}});
  EXPECT_EQ(heads.at(0).sizes(), (at::IntArrayRef{1, 3, 32, 32}));
  expect_values("v2_coarse", heads.at(0), {-.345367, -.218392, -.902545, -.898344});
}

TEST(NetworksGolden, MsResUnetWithLandmarkChannels) {
  const auto heads =
      run_network(filled_weights(ms_res_unet_info(71, 4)), make_pyramid(filled_image(71, 64), 2));
  expect_values("v2_71", heads.at(0), {-.052767, -.974345, -.014466, .258669});
}

TEST(NetworksGolden, MsResUnetWithSplitHeads) {
  const auto heads = run_network(filled_weights(ms_res_unet_info(7, 4, {1, 1, 1, 1}, {3, 3})),
                                 make_pyramid(filled_image(7, 64), 2));
  ASSERT_EQ(heads.size(), 2U);
  expect_values("split_image", heads[0], {.068215, -.503420, -.301392, .515941});
  expect_values("split_seg", heads[1], {.000471, .902245, -.294177, -.463525});
}

TEST(NetworksGolden, MsResUnetOfTheFirstVersion) {
  const auto heads = run_network(filled_weights(tiny_v1()), make_pyramid(filled_image(7, 64), 2));
  expect_values("v1", heads.at(0), {-.130128, -.945263, -.629300, -.461241});
}

TEST(NetworksGolden, SegUnet) {
  const auto logits = run_network(filled_weights(net_info(NetKind::kSegUnet, 4, {3})),
                                  make_pyramid(filled_image(3, 64), 1));
  expect_values("seg_unet", logits.at(0), {-.008390, -.039486, -.039931, -.038682});
}

TEST(NetworksGolden, PatchDiscriminatorsOfBothLevels) {
  const NetWeights net = filled_weights(net_info(NetKind::kPatchDiscriminator, 8, {1}));
  const Pyramid pyramid = make_pyramid(filled_image(3, 64), 2);
  const auto scores = run_network(net, pyramid);
  ASSERT_EQ(scores.size(), 2U);
  EXPECT_EQ(scores[0].sizes(), (at::IntArrayRef{1, 1, 11, 11}));
  EXPECT_EQ(scores[1].sizes(), (at::IntArrayRef{1, 1, 7, 7}));
  expect_values("d_fine", scores[0], {.477207, .547176, .653971, .531947});
  expect_values("d_coarse", scores[1], {.463350, .496408, .458349, .487269});
  EXPECT_TRUE(at::equal(run_network(net, {{pyramid.levels[1]}}).at(0), scores[1]))
      << "a single level is seen by layer0";
  double real = 0;
  double fake = 0;
  for (const at::Tensor& map : scores) {
    real += (map - 1).square().mean().item<double>();
    fake += map.square().mean().item<double>();
  }
  expect_golden("lsgan_real", real, .569509, kTolerance);
  expect_golden("lsgan_fake", fake, .450624, kTolerance);
}

/// Every kind at a size that runs in milliseconds.
std::vector<NetInfo> small_nets() {
  return {tiny_v2(),
          tiny_v1(),
          net_info(NetKind::kSegUnet, 4, {3}),
          net_info(NetKind::kPatchDiscriminator, 4, {1}),
          net_info(NetKind::kHopenet, 2, {66, 66, 66}, 32),
          net_info(NetKind::kVgg19, 2, {5}, 32),
          net_info(NetKind::kVgg19Bn, 2, {5}, 32)};
}

class EveryNet : public testing::TestWithParam<NetInfo> {
 protected:
  static Pyramid input(std::int64_t batch, std::uint32_t q = 7) {
    const NetInfo& info = GetParam();
    const bool has_levels = info.kind == NetKind::kMsResUnetV1 ||
                            info.kind == NetKind::kMsResUnetV2 ||
                            info.kind == NetKind::kPatchDiscriminator;
    const at::Tensor images = fill(batch * info.in * 32 * 32, q).view({batch, info.in, 32, 32});
    return make_pyramid(images, has_levels ? 2 : 1);
  }
};

TEST_P(EveryNet, GivesAnImageTheSameBitsInAnyBatch) {
  if (GetParam().kind == NetKind::kPatchDiscriminator) {
    GTEST_SKIP() << "no swap runs it, and LibTorch's bits depend on the batch on CPUs with AVX2";
  }
  const NetWeights net = filled_weights(GetParam());
  const Pyramid all = input(5);
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    const auto together = run_network(net, all);
    for (std::int64_t i = 0; i < 5; ++i) {
      Pyramid one;
      for (const at::Tensor& level : all.levels) {
        one.levels.push_back(level.narrow(0, i, 1));
      }
      const auto alone = run_network(net, one);
      for (std::size_t head = 0; head < alone.size(); ++head) {
        EXPECT_TRUE(at::equal(alone[head], together[head].narrow(0, i, 1)))
            << "image " << i << ", output " << head;
      }
    }
  }
  at::set_num_threads(1);
}

TEST_P(EveryNet, TrainsEveryTensorOfItsLayout) {
  NetWeights net = filled_weights(GetParam());
  std::set<std::string> untouched;
  TensorMap before;
  for (const TensorSpec& spec : tensor_layout(net.info)) {
    at::Tensor& tensor = net.tensors.at(spec.name);
    before[spec.name] = tensor.clone();
    tensor.set_requires_grad(is_trained(spec.role));
  }
  at::Tensor loss = at::zeros({});
  const Pyramid all = input(2);
  for (std::size_t levels = all.levels.size(); levels > 0; --levels) {
    const Pyramid part = {
        {all.levels.end() - static_cast<std::ptrdiff_t>(levels), all.levels.end()}};
    for (const at::Tensor& output : run_network(net, part, Mode::kTrain)) {
      loss = loss +
             (output * filled_image(1, output.size(-1), 3).flatten()[0] + output.square()).sum();
    }
  }
  loss.backward();
  for (const TensorSpec& spec : tensor_layout(net.info)) {
    const at::Tensor& tensor = net.tensors.at(spec.name);
    const bool changed =
        is_trained(spec.role) ? tensor.grad().defined() : !at::equal(tensor, before.at(spec.name));
    if (!changed) {
      untouched.insert(spec.name);
    }
    EXPECT_TRUE(!is_trained(spec.role) || at::equal(tensor.detach(), before.at(spec.name)));
  }
  const std::set<std::string> never_used = {"fc_finetune.weight", "fc_finetune.bias"};
  EXPECT_EQ(untouched, GetParam().kind == NetKind::kHopenet ? never_used : std::set<std::string>());
}

TEST_P(EveryNet, LeavesItsInputAndInEvalModeItsWeightsAlone) {
  const NetWeights net = filled_weights(GetParam());
  const Pyramid given = input(2);
  const at::Tensor copy = given.levels[0].clone();
  (void)run_network(net, given);
  EXPECT_TRUE(at::equal(given.levels[0], copy));
  for (const auto& [name, tensor] : filled_weights(GetParam()).tensors) {
    EXPECT_TRUE(at::equal(net.tensors.at(name), tensor)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryNet, testing::ValuesIn(small_nets()),
                         [](const testing::TestParamInfo<NetInfo>& net) {
                           return std::string(to_string(net.param.kind));
                         });

TEST(Networks, TrainingUsesTheStatisticsOfTheBatch) {
  NetWeights net = filled_weights(net_info(NetKind::kSegUnet, 4, {3}));
  const Pyramid input = make_pyramid(filled_image(3, 32).repeat({2, 1, 1, 1}), 1);
  const at::Tensor mean = net.tensors.at("conv1.conv1.1.running_mean").clone();
  const at::Tensor first = at::conv2d(input.levels[0], net.tensors.at("conv1.conv1.0.weight"),
                                      net.tensors.at("conv1.conv1.0.bias"), 1, 1);
  (void)run_network(net, input, Mode::kTrain);
  const at::Tensor expected = 0.9 * mean + 0.1 * first.mean(at::IntArrayRef({0, 2, 3}));
  EXPECT_TRUE(at::allclose(net.tensors.at("conv1.conv1.1.running_mean"), expected, 1e-5, 1e-6));
}

TEST(Networks, InBfloat16StayCloseAndTrain) {
  NetWeights net = filled_weights(tiny_v2());
  const Pyramid input = make_pyramid(filled_image(7, 64), 2);
  const at::Tensor exact = run_network(net, input).front();
  const at::Tensor coarse = run_network(net, input, Mode::kEval, Compute::kBFloat16).front();
  EXPECT_EQ(coarse.scalar_type(), at::kFloat);
  EXPECT_LT((coarse - exact).abs().mean().item<double>(), 0.02);
  at::Tensor& filter = net.tensors.at("base.in_conv.1.weight");
  filter.set_requires_grad(true);
  run_network(net, input, Mode::kTrain, Compute::kBFloat16).front().square().mean().backward();
  ASSERT_TRUE(filter.grad().defined());
  EXPECT_EQ(filter.grad().scalar_type(), at::kFloat);
  EXPECT_GT(filter.grad().abs().sum().item<double>(), 0);
}

TEST(Networks, RefuseInputsThatDoNotFit) {
  const NetWeights net = filled_weights(tiny_v2());
  EXPECT_THROW((void)run_network(net, make_pyramid(at::ones({1, 6, 32, 32}), 2)), Error);
  EXPECT_THROW((void)run_network(net, make_pyramid(at::ones({1, 7, 24, 24}), 2)), Error);
  EXPECT_THROW((void)run_network(net, make_pyramid(at::ones({1, 7, 64, 64}), 3)), Error);
  EXPECT_THROW((void)run_network(net, {}), Error);
  EXPECT_THROW((void)run_network(net, {{at::ones({1, 7, 32, 32}).to(at::kDouble)}}), Error);
}

TEST(Networks, HopenetAnglesAreTheExpectedBin) {
  const NetWeights net = filled_weights(net_info(NetKind::kHopenet, 2, {66, 66, 66}, 32));
  const at::Tensor images = filled_image(3, 64).repeat({2, 1, 1, 1});
  const at::Tensor angles = run_hopenet(net, images);
  ASSERT_EQ(angles.sizes(), (at::IntArrayRef{2, 3}));
  const auto logits = run_network(net, {{images}});
  for (std::int64_t i = 0; i < 3; ++i) {
    const at::Tensor p = at::softmax(logits[static_cast<std::size_t>(i)][0].to(at::kDouble), 0);
    double expected = -99;
    for (std::int64_t bin = 0; bin < 66; ++bin) {
      expected += 3 * static_cast<double>(bin) * p[bin].item<double>();
    }
    EXPECT_NEAR(angles[0][i].item<double>(), expected, 1e-3);
  }
}

TEST(Networks, VggTapsEndBeforeTheRest) {
  const NetInfo info = net_info(NetKind::kVgg19Bn, 4, {});
  const NetWeights net = filled_weights(info);
  const auto taps = run_vgg19_taps(net, filled_image(3, 64));
  ASSERT_EQ(taps.size(), 5U);
  EXPECT_EQ(taps[0].sizes(), (at::IntArrayRef{1, 4, 64, 64}));
  EXPECT_EQ(taps[1].sizes(), (at::IntArrayRef{1, 4, 32, 32})) << "pool1";
  EXPECT_EQ(taps[2].sizes(), (at::IntArrayRef{1, 8, 32, 32}));
  EXPECT_EQ(taps[3].sizes(), (at::IntArrayRef{1, 16, 16, 16}));
  EXPECT_EQ(taps[4].sizes(), (at::IntArrayRef{1, 32, 8, 8}));
  EXPECT_LT(taps[3].min().item<float>(), 0) << "conv3_3 is tapped before its ReLU";
  EXPECT_EQ(run_network(net, {{filled_image(3, 64)}}).at(0).sizes(),
            (at::IntArrayRef{1, 32, 2, 2}));
}

TEST(NetworksGolden, FullVggGivesThePerceptualDistanceOfTheReference) {
  NetWeights net;  // the tensors in front of the last tap
  net.info = net_info(NetKind::kVgg19Bn, 64, {});
  LayerCounter counter;
  (void)build_vgg19_taps(counter, net.info, input_features(net.info, 64, 1).front());
  for (const TensorSpec& spec : counter.tensors()) {
    net.tensors.emplace(spec.name, filled_tensor(spec));
  }
  const auto x = run_vgg19_taps(net, filled_image(3, 64, 7));
  const auto y = run_vgg19_taps(net, filled_image(3, 64, 8));
  const std::vector<double> expected = {.408686, .369779, .172299, .221429, .059827};
  const std::vector<double> weights = {1.0 / 32, 1.0 / 16, 1.0 / 8, 1.0 / 4, 1};
  double distance = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    const double tap = (x[i] - y[i]).abs().mean().item<double>();
    expect_golden("vgg_tap" + std::to_string(i), tap, expected[i], kTolerance);
    distance += weights[i] * tap;
  }
  expect_golden("vgg_distance", distance, .172604, kTolerance);
}

}  // namespace
}  // namespace changeling

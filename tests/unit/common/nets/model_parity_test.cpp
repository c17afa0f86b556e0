// The pretrained networks against cv::dnn, against locked outputs, and against themselves at other
// batch sizes.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "common/media/image_codec.h"
#include "common/nets/dlib_resnet.h"
#include "common/nets/graph_net.h"
#include "tests/support/locked_outputs.h"
#include "tests/support/net_oracle.h"

namespace changeling {
namespace {

constexpr double kParityLimit = 1e-4;  // of the largest output; docs/models.md
constexpr int kSeededInputs = 20;

std::filesystem::path imported(const std::string& id) {
  return assets_folder() / "models" / (id + ".safetensors");
}

/// Pattern, both photographs, 20 noise pictures: (23,C,H,W).
at::Tensor all_inputs(const std::string& id) {
  const std::filesystem::path data = std::filesystem::path(CHANGELING_SOURCE_DIR) / "tests/data";
  std::vector<at::Tensor> inputs = {
      net_input(id, pattern_frame(320, 240)),
      net_input(id, read_image(data / "astronaut.png")),
      net_input(id, read_image(data / "grace_hopper.jpg")),
  };
  for (int seed = 0; seed < kSeededInputs; ++seed) {
    inputs.push_back(net_input(id, noise_frame(224, 224, static_cast<std::uint64_t>(seed))));
  }
  return at::cat(inputs);
}

class ModelParity : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!models_are_present()) {
      GTEST_SKIP()
          << "no pretrained networks; run script/fetch-assets and 'changeling models import'";
    }
    at::set_num_threads(1);
  }
};

TEST_P(ModelParity, AgreesWithOpenCvAtBatchOneAndSixteen) {
  const c10::InferenceMode inference;
  const std::string id = GetParam();
  const GraphNet net(imported(id));
  CvNet oracle(exported_model_path(id));
  const at::Tensor inputs = all_inputs(id);
  const auto batch = net.run(inputs.slice(0, 0, 16));
  for (std::int64_t i = 0; i < inputs.size(0); ++i) {
    const at::Tensor single = inputs.slice(0, i, i + 1);
    const auto expected = oracle.run(single, net.output_names());
    const auto found = net.run(single);
    for (const std::string& name : net.output_names()) {
      EXPECT_LE(relative_difference(found.at(name), expected.at(name)), kParityLimit)
          << id << " output " << name << " input " << i;
      if (i < 16) {
        EXPECT_LE(relative_difference(batch.at(name)[i], expected.at(name)), kParityLimit)
            << id << " output " << name << " input " << i << " of a batch";
      }
    }
  }
}

TEST_P(ModelParity, BatchGivesTheBitsOfSingleImagesOnAnyThreads) {
  const c10::InferenceMode inference;
  const std::string id = GetParam();
  const GraphNet net(imported(id));
  const at::Tensor inputs = all_inputs(id);
  std::vector<std::map<std::string, at::Tensor>> singles;
  for (std::int64_t i = 0; i < 16; ++i) {
    singles.push_back(net.run(inputs.slice(0, i, i + 1)));
  }
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    for (const std::int64_t batch_size : {1, 2, 3, 7, 16}) {
      const auto batch = net.run(inputs.slice(0, 0, batch_size));
      for (const std::string& name : net.output_names()) {
        for (std::int64_t i = 0; i < batch_size; ++i) {
          EXPECT_TRUE(
              at::equal(batch.at(name)[i], singles[static_cast<std::size_t>(i)].at(name)[0]))
              << id << " output " << name << " image " << i << " of " << batch_size << ", "
              << threads << " threads";
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllGraphs, ModelParity,
                         testing::Values("det_rfb320", "lmk68", "id512", "pose66", "feat_dn121x"),
                         [](const auto& param_info) { return std::string(param_info.param); });

TEST(LockedOutputs, AgreeOnThePattern) {
  if (!models_are_present()) {
    GTEST_SKIP()
        << "no pretrained networks; run script/fetch-assets and 'changeling models import'";
  }
  const std::vector<LockedFigure> figures = measure_locked_outputs(assets_folder() / "models");
  EXPECT_EQ(figures.size(), 44U);
  for (const LockedFigure& figure : figures) {
    EXPECT_TRUE(figure.holds()) << figure.name << " is " << figure.measured << ", locked at "
                                << figure.expected;
  }
}

TEST(InceptionV3, BatchGivesTheBitsOfSingleImages) {
  if (!models_are_present()) {
    GTEST_SKIP()
        << "no pretrained networks; run script/fetch-assets and 'changeling models import'";
  }
  const c10::InferenceMode inference;
  const GraphNet net(imported("feat_iv3n"));
  const at::Tensor inputs = all_inputs("feat_iv3n").slice(0, 0, 5);
  const at::Tensor batch = net.run(inputs).at("output");
  for (std::int64_t i = 0; i < inputs.size(0); ++i) {
    EXPECT_TRUE(at::equal(batch[i], net.run(inputs.slice(0, i, i + 1)).at("output")[0])) << i;
  }
}

TEST(DlibResNet, BatchGivesTheBitsOfSingleChips) {
  if (!models_are_present()) {
    GTEST_SKIP()
        << "no pretrained networks; run script/fetch-assets and 'changeling models import'";
  }
  const c10::InferenceMode inference;
  const DlibResNet net(imported("id128_dlib"));
  const at::Tensor inputs = all_inputs("id128_dlib").slice(0, 0, 16);
  const at::Tensor batch = net.run(inputs);
  for (std::int64_t i = 0; i < 16; ++i) {
    EXPECT_TRUE(at::equal(batch[i], net.run(inputs.slice(0, i, i + 1))[0])) << "chip " << i;
  }
}

}  // namespace
}  // namespace changeling

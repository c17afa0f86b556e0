#include "common/weights/tfjs_script.h"

#include <cstring>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/weights/inception_graph.h"
#include "tests/support/refusal.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename Call>
std::string refusal(const Call& call) {
  std::string message = refusal_of(ErrorKind::kModel, call);
  EXPECT_THAT(message, HasSubstr("bad.js"));
  return message;
}

TEST(TfjsScript, DataIsTheLongestRunOfBase64) {
  EXPECT_EQ(read_script_data(R"(!function(d){x="module"}({1:"SGVsbG8sIHdvcmxkIQ=="}))", "a.js"),
            "Hello, world!");
  EXPECT_EQ(read_script_data("\"+/+/\"", "a.js"), "\xFB\xFF\xBF");
  EXPECT_EQ(read_script_data("\"AAECAwQ=\"", "a.js"), std::string("\0\1\2\3\4", 5));
}

TEST(TfjsScript, RefusesScriptsWithoutData) {
  EXPECT_THAT(refusal([] { (void)read_script_data("(){}", "bad.js"); }), HasSubstr("no base64"));
  EXPECT_THAT(refusal([] { (void)read_script_data("", "bad.js"); }), HasSubstr("no base64"));
  EXPECT_THAT(refusal([] { (void)read_script_data("(abcde)", "bad.js"); }), HasSubstr("no base64"));
}

TEST(TfjsScript, ManifestIsReadAsTheLiteralSaysIt) {
  const std::string script =
      R"(a={paths:["x"],weights:[{name:"c]/beta,",shape:[2],dtype:"float32",)"
      R"(quantization:{min:-.5,scale:.25,dtype:"uint8"}}]}]},b)";
  const auto tensors =
      read_tfjs_weights(read_script_manifest(script, "a.js"), std::string("\x00\x04", 2), "a.js");
  ASSERT_EQ(tensors.size(), 1U);
  EXPECT_EQ(tensors[0].name, "c]/beta,");
  EXPECT_THAT(tensors[0].values, ElementsAre(-0.5F, 0.5F));
}

TEST(TfjsScript, RefusesScriptsWithoutAManifest) {
  EXPECT_THAT(refusal([] { (void)read_script_manifest("weights", "bad.js"); }),
              HasSubstr("no list of weights"));
  EXPECT_THAT(refusal([] { (void)read_script_manifest("weights:[{a:[1]}", "bad.js"); }),
              HasSubstr("does not end"));
  EXPECT_THAT(refusal([] { (void)read_script_manifest("weights:[\"]", "bad.js"); }),
              HasSubstr("does not end"));
}

/// 94 convolutions of one value: kernel 2, variance 1 with the epsilon, mean 3, beta 5.
std::vector<TfjsTensor> even_weights() {
  std::vector<TfjsTensor> weights = {{"dense_1/kernel", {1, 1}, {7}}};
  for (int i = 1; i <= 94; ++i) {
    const std::string norm = "batch_normalization_" + std::to_string(i);
    weights.push_back({"conv2d_" + std::to_string(i) + "/kernel", {1, 3, 1, 1}, {2, 3, 4}});
    weights.push_back({norm + "/beta", {1}, {5}});
    weights.push_back({norm + "/moving_mean", {1}, {3}});
    weights.push_back({norm + "/moving_variance", {1}, {0.249F}});
  }
  return weights;
}

TEST(InceptionGraph, FoldsTheNormalisationAndJoinsTheBranches) {
  const BuiltGraph built = build_inception_v3(even_weights(), "a.js");
  EXPECT_EQ(built.tensors.size(), 2U * 94);
  const OwnedTensor& kernel = built.tensors[0];
  EXPECT_EQ(kernel.name, "conv_1.weight");
  EXPECT_THAT(kernel.shape, ElementsAre(1, 1, 1, 3));
  float bias = 0;
  std::memcpy(&bias, built.tensors[1].bytes.data(), sizeof bias);
  EXPECT_NEAR(bias, 5 - 3 / 0.5, 1e-6);
  float first = 0;
  std::memcpy(&first, kernel.bytes.data(), sizeof first);
  EXPECT_NEAR(first, 2 / 0.5, 1e-6);
  std::map<std::string, int> counts;
  for (const GraphNode& node : built.graph.nodes) {
    ++counts[node.op];
  }
  EXPECT_EQ(counts, (std::map<std::string, int>{{"Conv", 94},
                                                {"Relu", 94},
                                                {"MaxPool", 4},
                                                {"AveragePool", 9},
                                                {"Concat", 15},
                                                {"GlobalAveragePool", 1},
                                                {"Flatten", 1}}));
  EXPECT_THAT(built.graph.outputs, ElementsAre("output"));
}

TEST(InceptionGraph, NamesWhatIsMissing) {
  std::vector<TfjsTensor> weights = even_weights();
  weights.pop_back();
  EXPECT_THAT(refusal([&] { (void)build_inception_v3(weights, "bad.js"); }),
              HasSubstr("batch_normalization_94/moving_variance"));
  weights = even_weights();
  weights[2].shape = {2};
  weights[2].values = {1, 2};
  EXPECT_THAT(refusal([&] { (void)build_inception_v3(weights, "bad.js"); }),
              HasSubstr("batch_normalization_1/beta"));
}

}  // namespace
}  // namespace changeling

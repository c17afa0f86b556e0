#include "common/nets/graph_net.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/nets/dlib_resnet.h"
#include "common/nets/tensor_file.h"
#include "common/weights/imported_model.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_graph.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using Sizes = std::vector<std::int64_t>;

template <typename Work>
std::string model_error(const Work& work) {
  return refusal_of(ErrorKind::kModel, work);
}

class TinyNet : public testing::Test {
 protected:
  void write(const GraphDescription& graph) const { write_tiny_graph(path(), graph); }

  std::filesystem::path path() const { return folder_ / "tiny.safetensors"; }

  TempDir folder_;
};

TEST_F(TinyNet, RunsAnyBatch) {
  write(tiny_graph());
  const GraphNet net(path());
  EXPECT_EQ(net.id(), "tiny");
  EXPECT_EQ(net.input_shape(), (Sizes{1, 2, 2, 2}));
  EXPECT_EQ(net.source_sha256(), sha256("source"));
  const at::Tensor x = at::arange(24, at::TensorOptions().dtype(at::kFloat)).view({3, 2, 2, 2});
  const at::Tensor y = net.run(x).at("y");
  const at::Tensor first = x.select(1, 0) + 2 * x.select(1, 1);
  const at::Tensor second = x.select(1, 1) - x.select(1, 0);
  EXPECT_TRUE(at::equal(y, at::stack({first, second}, 1).relu().reshape({3, 8})));
}

TEST_F(TinyNet, TapsAddInnerValues) {
  write(tiny_graph());
  const GraphNet net(path());
  const auto values = net.run(at::ones({1, 2, 2, 2}), {"inner"});
  EXPECT_EQ(values.size(), 2U);
  EXPECT_EQ(values.at("inner").sizes(), (at::IntArrayRef{1, 2, 2, 2}));
  EXPECT_THAT(model_error([&] {
                (void)net.run(at::ones({1, 2, 2, 2}), {"nothing"});
              }),
              HasSubstr("nothing"));
}

TEST_F(TinyNet, PartStopsAtItsValuesAndTakesAnotherSize) {
  GraphDescription graph = tiny_graph();
  graph.nodes.push_back({"Relu", {"missing from the part"}, {"z"}, {}});
  graph.nodes.insert(graph.nodes.begin(), {"Relu", {"x"}, {"missing from the part"}, {}});
  write(graph);
  const at::Tensor x = at::randn({2, 2, 5, 3});
  const GraphNet part(path(), {{"inner"}, 5, 3});
  EXPECT_EQ(part.input_shape(), (Sizes{1, 2, 5, 3}));
  EXPECT_EQ(part.output_names(), std::vector<std::string>{"inner"});
  const auto values = part.run(x);
  ASSERT_EQ(values.size(), 1U);
  const at::Tensor first = x.select(1, 0) + 2 * x.select(1, 1);
  const at::Tensor second = x.select(1, 1) - x.select(1, 0);
  EXPECT_TRUE(at::allclose(values.at("inner"), at::stack({first, second}, 1).relu()));
  for (const char* left_out : {"y", "z", "missing from the part"}) {
    EXPECT_THAT(model_error([&] { (void)part.run(x, {left_out}); }), HasSubstr(left_out));
  }
  EXPECT_THAT(model_error([&] { (void)part.run(at::ones({1, 2, 2, 2})); }), HasSubstr("(N,2,5,3)"));
  EXPECT_THAT(model_error([&] { GraphNet(path(), {{"nothing"}, 2, 2}); }), HasSubstr("nothing"));
}

TEST_F(TinyNet, IsDifferentiableEvenWhenLoadedInInferenceMode) {
  write(tiny_graph());
  std::unique_ptr<GraphNet> net;
  {
    const c10::InferenceMode inference;
    net = std::make_unique<GraphNet>(path());
    EXPECT_FALSE(net->run(at::ones({1, 2, 2, 2})).at("y").requires_grad());
  }
  at::Tensor x = at::ones({2, 2, 2, 2}).set_requires_grad(true);
  net->run(x).at("y").sum().backward();
  ASSERT_TRUE(x.grad().defined());
  EXPECT_EQ(x.grad().select(1, 0).sum().item<float>(), 8)
      << "the second output is 0 and passes nothing";
}

TEST_F(TinyNet, LeavesItsInputAlone) {
  write(tiny_graph());
  const at::Tensor x = at::randn({2, 2, 2, 2});
  const at::Tensor copy = x.clone();
  (void)GraphNet(path()).run(x);
  EXPECT_TRUE(at::equal(x, copy));
}

/// Relu writes over what nobody reads any more, without gradients. Neither the caller's tensor nor
/// one that is read later by another name may be hurt.
TEST_F(TinyNet, WritesOverNothingThatIsStillRead) {
  GraphDescription graph = tiny_graph();
  graph.nodes = {
      {"Relu", {"x"}, {"of input"}, {}},         {"Conv", {"of input", "w", ""}, {"c"}, {}},
      {"Reshape", {"c", "shape"}, {"flat"}, {}}, {"Relu", {"flat"}, {"inner"}, {}},
      {"Flatten", {"c"}, {"again"}, {}},         {"Sub", {"inner", "again"}, {"y"}, {}}};
  write(graph);
  const c10::InferenceMode inference;
  const at::Tensor x =
      at::randn({2, 2, 2, 2}).contiguous(at::MemoryFormat::ChannelsLast);  // as the net keeps it
  const at::Tensor copy = x.clone();
  const at::Tensor y = GraphNet(path()).run(x).at("y");
  EXPECT_TRUE(at::equal(x, copy));
  const at::Tensor seen = x.relu();
  const at::Tensor first = seen.select(1, 0) + 2 * seen.select(1, 1);
  const at::Tensor second = seen.select(1, 1) - seen.select(1, 0);
  const at::Tensor c = at::stack({first, second}, 1).flatten(1);
  EXPECT_TRUE(at::allclose(y, c.relu() - c));
  EXPECT_GT(y.max().item<float>(), 0);
}

/// Convolutions choose the layout by the strides alone.
TEST_F(TinyNet, TakesGrayPicturesAsChannelsLast) {
  GraphDescription graph = tiny_graph();
  graph.inputs = {{"x", {1, 1, 2, 2}}};
  graph.nodes = {{"Relu", {"x"}, {"y"}, {}}};
  write(graph);
  const at::Tensor x = at::randn({3, 1, 2, 2});
  const std::map<std::string, at::Tensor> values = GraphNet(path()).run(x, {"x"});
  EXPECT_EQ(values.at("x").suggest_memory_format(), at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(at::equal(values.at("y"), x.relu()));
}

TEST_F(TinyNet, RefusesInputsThatDoNotFit) {
  write(tiny_graph());
  const GraphNet net(path());
  EXPECT_THAT(model_error([&] { (void)net.run(at::ones({1, 3, 2, 2})); }), HasSubstr("(N,2,2,2)"));
  EXPECT_THAT(model_error([&] { (void)net.run(at::ones({2, 2, 2})); }), HasSubstr("(2,2,2,)"));
  EXPECT_THAT(model_error([&] { (void)net.run(at::ones({0, 2, 2, 2})); }), HasSubstr("input"));
  EXPECT_THAT(model_error([&] {
                (void)net.run(at::ones({1, 2, 2, 2}).to(at::kDouble));
              }),
              HasSubstr("Double"));
}

TEST_F(TinyNet, RefusesBrokenGraphs) {
  GraphDescription graph = tiny_graph();
  graph.nodes[1].op = "Loop";
  write(graph);
  EXPECT_THAT(model_error([&] { GraphNet net(path()); }), HasSubstr("'Loop' is not known"));
  graph = tiny_graph();
  graph.nodes[1].inputs = {"later"};
  write(graph);
  EXPECT_THAT(model_error([&] { GraphNet net(path()); }), HasSubstr("later"));
  graph = tiny_graph();
  graph.nodes[1].outputs = {"x"};
  write(graph);
  EXPECT_THAT(model_error([&] { GraphNet net(path()); }), HasSubstr("defined twice"));
  graph = tiny_graph();
  graph.outputs = {"nowhere"};
  write(graph);
  EXPECT_THAT(model_error([&] { GraphNet net(path()); }), HasSubstr("nowhere"));
  graph = tiny_graph();
  graph.inputs.front().shape = {1, 2};
  write(graph);
  EXPECT_THAT(model_error([&] { GraphNet net(path()); }), HasSubstr("four-dimensional"));
  for (const std::int64_t side : {0, -2}) {
    graph = tiny_graph();
    graph.inputs[0].shape[2] = side;
    write(graph);
    EXPECT_THAT(model_error([&] { GraphNet net(path()); }), HasSubstr("sides of at least 1"));
  }
  graph = tiny_graph();
  graph.outputs.clear();
  write(graph);
  EXPECT_THAT(model_error([&] { GraphNet net(path()); }), HasSubstr("something comes out"));
}

TEST_F(TinyNet, RefusesMissingAndAlteredFiles) {
  EXPECT_THAT(model_error([&] { GraphNet net(path()); }), HasSubstr("changeling models fetch"));
  write(tiny_graph());
  std::string bytes = read_file(path());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file_atomically(path(), bytes);
  EXPECT_THAT(model_error([&] { GraphNet net(path()); }), HasSubstr("content digest is wrong"));
  write_tensors(path(), {{"w", at::ones({1})}});
  EXPECT_THAT(model_error([&] { GraphNet net(path()); }), HasSubstr("not made by an import"));
  write(tiny_graph());
  EXPECT_THAT(model_error([&] { DlibResNet net(path()); }), HasSubstr("conv32_down"));
}

TEST(TensorFile, RoundTripKeepsTypesAndValues) {
  const TempDir folder;
  const std::map<std::string, at::Tensor> tensors = {
      {"f32", at::randn({2, 3})},
      {"turned", at::randn({2, 3}).t()},
      {"f16", at::randn({4}).to(at::kHalf)},
      {"bf16", at::randn({4}).to(at::kBFloat16)},
      {"i64", at::arange(5)},
      {"u8", at::arange(5, at::TensorOptions().dtype(at::kByte))},
      {"scalar", at::scalar_tensor(3.5)},
      {"none", at::empty({0, 3})}};
  write_tensors(folder / "x.safetensors", tensors);
  const auto back = read_tensors(folder / "x.safetensors");
  ASSERT_EQ(back.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(back.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(at::equal(back.at(name), tensor)) << name;
  }
  EXPECT_THROW(
      write_tensors(folder / "y.safetensors", {{"c", at::ones({1}).to(at::kComplexFloat)}}), Error);
}

}  // namespace
}  // namespace changeling

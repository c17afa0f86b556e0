// Each ONNX operator against a direct LibTorch call or a value worked out by hand.
#include "common/nets/graph_operators.h"

#include <map>

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/nets/batch_exact.h"

namespace changeling {
namespace {

using Tensors = std::vector<at::Tensor>;
using Sizes = std::vector<std::int64_t>;
using Attributes = std::map<std::string, GraphAttribute>;

Tensors run_all(const std::string& op, const Tensors& inputs, const Attributes& attributes = {},
                std::size_t outputs = 1) {
  GraphNode node;
  node.op = op;
  node.attributes = attributes;
  node.outputs.assign(outputs, "y");
  Tensors copies;
  for (const at::Tensor& input : inputs) {
    copies.push_back(input.defined() ? input.clone() : input);
  }
  Tensors results = find_graph_operator(op)(node, inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_TRUE(!inputs[i].defined() || at::equal(inputs[i], copies[i]))
        << op << " changed input " << i;
  }
  return results;
}

at::Tensor run(const std::string& op, const Tensors& inputs, const Attributes& attributes = {}) {
  return run_all(op, inputs, attributes).at(0);
}

at::Tensor noise(const Sizes& sizes, std::uint64_t seed = 1) {
  return at::randn(sizes, at::detail::createCPUGenerator(seed));
}

at::Tensor longs(const Sizes& values) {
  return at::tensor(values, at::TensorOptions().dtype(at::kLong));
}

testing::AssertionResult near(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes() || a.scalar_type() != b.scalar_type()) {
    return testing::AssertionFailure() << "shapes or types differ";
  }
  return at::allclose(a, b, 1e-5, 1e-5) ? testing::AssertionSuccess()
                                        : testing::AssertionFailure() << "values differ";
}

TEST(GraphOperators, ElementwiseWithBroadcast) {
  const at::Tensor a = noise({2, 3, 4, 5});
  const at::Tensor b = noise({3, 1, 1}, 2);
  EXPECT_TRUE(near(run("Add", {a, b}), a + b));
  EXPECT_TRUE(near(run("Sub", {a, b}), a - b));
  EXPECT_TRUE(near(run("Mul", {a, b}), a * b));
  EXPECT_TRUE(near(run("Div", {a, b}), a / b));
  EXPECT_TRUE(near(run("Exp", {a}), a.exp()));
  EXPECT_TRUE(near(run("Relu", {a}), a.clamp_min(0)));
  EXPECT_TRUE(near(run("PRelu", {a, b}), at::where(a > 0, a, a * b)));
}

TEST(GraphOperators, WholeNumbersDivideTowardZero) {
  EXPECT_TRUE(at::equal(run("Div", {longs({7, -7}), longs({2, 2})}), longs({3, -3})));
}

TEST(GraphOperators, Convolution) {
  const at::Tensor x = noise({2, 4, 9, 8});
  const at::Tensor weight = noise({6, 2, 3, 3}, 2);
  const at::Tensor bias = noise({6}, 3);
  const Attributes attributes = {{"strides", Sizes{2, 1}},
                                 {"pads", Sizes{2, 1, 2, 1}},
                                 {"dilations", Sizes{2, 1}},
                                 {"group", std::int64_t{2}},
                                 {"kernel_shape", Sizes{3, 3}}};
  EXPECT_TRUE(near(run("Conv", {x, weight, bias}, attributes),
                   at::conv2d(x, weight, bias, {2, 1}, {2, 1}, {2, 1}, 2)));
  EXPECT_TRUE(
      near(run("Conv", {x, noise({5, 4, 1, 1}, 4)}), at::conv2d(x, noise({5, 4, 1, 1}, 4))));
  EXPECT_THROW((void)run("Conv", {x, weight, bias}, {{"pads", Sizes{0, 0, 1, 1}}}), Error);
  EXPECT_THROW((void)run("Conv", {x, weight}, {{"auto_pad", std::string("SAME_UPPER")}}), Error);
}

TEST(GraphOperators, Pooling) {
  const at::Tensor x = noise({2, 3, 7, 7});
  const Attributes pool = {
      {"kernel_shape", Sizes{3, 3}}, {"strides", Sizes{2, 2}}, {"pads", Sizes{1, 1, 1, 1}}};
  EXPECT_TRUE(near(run("MaxPool", {x}, pool), at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1})));
  EXPECT_TRUE(
      near(run("AveragePool", {x}, pool), at::avg_pool2d(x, {3, 3}, {2, 2}, {1, 1}, false, false)));
  EXPECT_TRUE(near(run("GlobalAveragePool", {x}), at::adaptive_avg_pool2d(x, {1, 1})));
  EXPECT_TRUE(near(run("ReduceMean", {x}, {{"axes", Sizes{2, 3}}, {"keepdims", std::int64_t{0}}}),
                   at::adaptive_avg_pool2d(x, {1, 1}).flatten(1)));
  EXPECT_THROW((void)run("MaxPool", {x}), Error) << "kernel_shape is missing";
}

TEST(GraphOperators, BatchNormalization) {
  for (const Sizes& sizes : {Sizes{3, 4, 5, 5}, Sizes{3, 4}}) {
    const at::Tensor x = noise(sizes);
    const at::Tensor scale = noise({4}, 2);
    const at::Tensor shift = noise({4}, 3);
    const at::Tensor mean = noise({4}, 4);
    const at::Tensor variance = noise({4}, 5).abs();
    Sizes view(sizes.size(), 1);
    view[1] = 4;
    const at::Tensor expected =
        (x - mean.view(view)) / (variance.view(view) + 0.001).sqrt() * scale.view(view) +
        shift.view(view);
    EXPECT_TRUE(
        near(run("BatchNormalization", {x, scale, shift, mean, variance}, {{"epsilon", 0.001F}}),
             expected));
  }
}

TEST(GraphOperators, Gemm) {
  const at::Tensor a = noise({3, 4});
  const at::Tensor b = noise({5, 4}, 2);
  const at::Tensor c = noise({5}, 3);
  EXPECT_TRUE(
      near(run("Gemm", {a, b, c}, {{"transB", std::int64_t{1}}}), at::matmul(a, b.t()) + c));
  EXPECT_TRUE(near(run("Gemm", {a.t(), b.t(), c},
                       {{"transA", std::int64_t{1}}, {"alpha", 2.0F}, {"beta", 0.5F}}),
                   at::matmul(a, b.t()) * 2 + c * 0.5));
}

TEST(GraphOperators, ShapesAndLayout) {
  const at::Tensor x = noise({2, 3, 4, 5});
  EXPECT_TRUE(at::equal(run("Shape", {x}), longs({2, 3, 4, 5})));
  EXPECT_TRUE(at::equal(run("Reshape", {x, longs({0, -1, 5})}), x.reshape({2, 12, 5})));
  EXPECT_TRUE(at::equal(run("Reshape", {x}, {{"shape", Sizes{0, -1}}}), x.reshape({2, 60})));
  EXPECT_TRUE(at::equal(run("Flatten", {x}), x.flatten(1)));
  EXPECT_TRUE(at::equal(run("Flatten", {x}, {{"axis", std::int64_t{2}}}), x.reshape({6, 20})));
  EXPECT_TRUE(at::equal(run("Flatten", {x}, {{"axis", std::int64_t{0}}}), x.reshape({1, 120})));
  EXPECT_TRUE(
      at::equal(run("Transpose", {x}, {{"perm", Sizes{0, 2, 3, 1}}}), x.permute({0, 2, 3, 1})));
  EXPECT_TRUE(at::equal(run("Transpose", {x}), x.permute({3, 2, 1, 0})));
  EXPECT_TRUE(at::equal(run("Unsqueeze", {longs({7})}, {{"axes", Sizes{0, 2}}}),
                        longs({7}).view({1, 1, 1})));
}

TEST(GraphOperators, SelectionAndJoining) {
  const at::Tensor x = noise({2, 6, 4});
  EXPECT_TRUE(at::equal(
      run("Slice", {x},
          {{"axes", Sizes{1, 2}}, {"starts", Sizes{1, -2}}, {"ends", Sizes{4, 2147483647}}}),
      x.slice(1, 1, 4).slice(2, -2)));
  EXPECT_TRUE(
      at::equal(run("Slice", {x}, {{"starts", Sizes{1}}, {"ends", Sizes{2}}}), x.slice(0, 1, 2)));
  EXPECT_TRUE(at::equal(run("Gather", {x, longs({1, -1})}, {{"axis", std::int64_t{1}}}),
                        at::stack({x.select(1, 1), x.select(1, 5)}, 1)));
  const at::Tensor scalar = at::scalar_tensor(2, at::TensorOptions().dtype(at::kLong));
  EXPECT_TRUE(at::equal(run("Gather", {longs({5, 6, 7}), scalar}), longs({7}).squeeze(0)));
  EXPECT_TRUE(at::equal(run("Concat", {x, x}, {{"axis", std::int64_t{2}}}), at::cat({x, x}, 2)));
  const Tensors halves = run_all("Split", {x}, {{"axis", std::int64_t{1}}}, 2);
  ASSERT_EQ(halves.size(), 2U);
  EXPECT_TRUE(at::equal(halves[1], x.slice(1, 3, 6)));
  const Tensors uneven =
      run_all("Split", {x}, {{"axis", std::int64_t{1}}, {"split", Sizes{1, 5}}}, 2);
  EXPECT_TRUE(at::equal(uneven[1], x.slice(1, 1, 6)));
}

TEST(GraphOperators, PadAddsAtBothEndsOfEachDimension) {
  const at::Tensor x = noise({1, 1, 2, 3});
  EXPECT_TRUE(at::equal(run("Pad", {x}, {{"pads", Sizes{0, 0, 1, 2, 0, 0, 3, 0}}, {"value", 7.0F}}),
                        at::constant_pad_nd(x, {2, 0, 1, 3}, 7)));
  EXPECT_TRUE(at::equal(run("Pad", {x}, {{"pads", Sizes(8, 0)}}), x));
  EXPECT_THROW((void)run("Pad", {x}, {{"pads", Sizes(8, 1)}, {"mode", std::string("reflect")}}),
               Error);
}

TEST(GraphOperators, SoftmaxTakesAllDimensionsFromItsAxisOn) {
  const at::Tensor x = noise({2, 3, 4});
  EXPECT_TRUE(near(run("Softmax", {x}, {{"axis", std::int64_t{2}}}), at::softmax(x, 2)));
  EXPECT_TRUE(near(run("Softmax", {x}), at::softmax(x.reshape({2, 12}), 1).reshape({2, 3, 4})));
}

TEST(GraphOperators, GradientsFlowThroughEveryDifferentiableOne) {
  at::Tensor x = noise({1, 2, 4, 4}).set_requires_grad(true);
  at::Tensor y =
      run("Conv", {x, noise({2, 2, 3, 3}, 2), noise({2}, 3)}, {{"pads", Sizes{1, 1, 1, 1}}});
  y = run("PRelu", {y, noise({2, 1, 1}, 4)});
  y = run("MaxPool", {y}, {{"kernel_shape", Sizes{2, 2}}, {"strides", Sizes{2, 2}}});
  y = run("Gemm", {run("Flatten", {y}), noise({3, 8}, 5), noise({3}, 6)},
          {{"transB", std::int64_t{1}}});
  run("Softmax", {y}).select(1, 0).sum().backward();
  ASSERT_TRUE(x.grad().defined());
  EXPECT_GT(x.grad().abs().sum().item<float>(), 0);
}

TEST(GraphOperators, UnknownOnesAndMissingInputsAreRefused) {
  EXPECT_THROW((void)find_graph_operator("Loop"), Error);
  EXPECT_THROW((void)run("Add", {noise({1})}), Error);
  EXPECT_THROW((void)run("Concat", {noise({1})}, {{"axis", 0.5F}}), Error) << "wrong type";
}

TEST(BatchExact, DenseGivesTheBitsOfSingleRows) {
  const at::Tensor x = noise({9, 512});
  const at::Tensor weight = noise({136, 512}, 2);
  const at::Tensor bias = noise({136}, 3);
  const at::Tensor all = dense(x, weight, bias);
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    EXPECT_TRUE(at::equal(all.slice(0, i, i + 1), dense(x.slice(0, i, i + 1), weight, bias)));
  }
  EXPECT_TRUE(at::allclose(all, at::linear(x, weight, bias), 1e-4, 1e-4));
}

}  // namespace
}  // namespace changeling

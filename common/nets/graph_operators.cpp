#include "common/nets/graph_operators.h"

#include <algorithm>
#include <map>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/nets/batch_exact.h"

namespace changeling {
namespace {

using Sizes = std::vector<std::int64_t>;
using Tensors = std::vector<at::Tensor>;

[[noreturn]] void fail(const GraphNode& node, const std::string& what) {
  const std::string where = node.outputs.empty() ? "" : " of '" + node.outputs.front() + "'";
  throw Error(ErrorKind::kModel, "operator " + node.op + where + ": " + what);
}

/// The attribute, or `fallback` when it is absent; another type is an error.
template <typename T>
T attribute(const GraphNode& node, const std::string& name, T fallback) {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) {
    return fallback;
  }
  if (const T* value = std::get_if<T>(&found->second)) {
    return *value;
  }
  fail(node, "attribute '" + name + "' has the wrong type");
}

Sizes required_sizes(const GraphNode& node, const std::string& name) {
  if (node.attributes.count(name) == 0) {
    fail(node, "attribute '" + name + "' is missing");
  }
  return attribute<Sizes>(node, name, {});
}

const at::Tensor& input(const GraphNode& node, const Tensors& inputs, std::size_t index) {
  if (index >= inputs.size() || !inputs[index].defined()) {
    fail(node, "input " + std::to_string(index) + " is missing");
  }
  return inputs[index];
}

at::Tensor optional_input(const Tensors& inputs, std::size_t index) {
  return index < inputs.size() ? inputs[index] : at::Tensor();
}

Sizes to_sizes(const at::Tensor& values) {
  const at::Tensor flat = values.to(at::kLong).contiguous().flatten();
  return {flat.data_ptr<std::int64_t>(), flat.data_ptr<std::int64_t>() + flat.numel()};
}

/// top, left, bottom, right -> {vertical, horizontal}; both sides must agree.
Sizes symmetric_padding(const GraphNode& node) {
  const Sizes pads = attribute<Sizes>(node, "pads", {0, 0, 0, 0});
  if (attribute<std::string>(node, "auto_pad", "NOTSET") != "NOTSET") {
    fail(node, "auto_pad is not supported");
  }
  if (pads.size() != 4 || pads[0] != pads[2] || pads[1] != pads[3]) {
    fail(node, "padding must be two-dimensional and equal on both sides");
  }
  return {pads[0], pads[1]};
}

template <at::Tensor (*Function)(const at::Tensor&, const at::Tensor&)>
Tensors binary(const GraphNode& node, const Tensors& inputs) {
  return {Function(input(node, inputs, 0), input(node, inputs, 1))};
}

at::Tensor add(const at::Tensor& a, const at::Tensor& b) {
  return at::add(a, b);
}

at::Tensor subtract(const at::Tensor& a, const at::Tensor& b) {
  return at::sub(a, b);
}

at::Tensor multiply(const at::Tensor& a, const at::Tensor& b) {
  return at::mul(a, b);
}

/// Whole numbers (sizes) divide toward zero.
at::Tensor divide(const at::Tensor& a, const at::Tensor& b) {
  return at::isIntegralType(a.scalar_type(), true) ? at::div(a, b, "trunc") : at::div(a, b);
}

Tensors exponential(const GraphNode& node, const Tensors& inputs) {
  return {at::exp(input(node, inputs, 0))};
}

Tensors relu(const GraphNode& node, const Tensors& inputs) {
  return {at::relu(input(node, inputs, 0))};
}

Tensors prelu(const GraphNode& node, const Tensors& inputs) {
  return {at::prelu(input(node, inputs, 0), input(node, inputs, 1).flatten())};
}

Tensors average_pool(const GraphNode& node, const Tensors& inputs) {
  const Sizes kernel = required_sizes(node, "kernel_shape");
  return {at::avg_pool2d(input(node, inputs, 0), kernel, attribute<Sizes>(node, "strides", {1, 1}),
                         symmetric_padding(node),
                         attribute<std::int64_t>(node, "ceil_mode", 0) != 0,
                         attribute<std::int64_t>(node, "count_include_pad", 0) != 0)};
}

Tensors max_pool(const GraphNode& node, const Tensors& inputs) {
  return {at::max_pool2d(input(node, inputs, 0), required_sizes(node, "kernel_shape"),
                         attribute<Sizes>(node, "strides", {1, 1}), symmetric_padding(node), {1, 1},
                         attribute<std::int64_t>(node, "ceil_mode", 0) != 0)};
}

Tensors global_average_pool(const GraphNode& node, const Tensors& inputs) {
  return {input(node, inputs, 0).mean(at::IntArrayRef({2, 3}), true)};
}

Tensors reduce_mean(const GraphNode& node, const Tensors& inputs) {
  return {
      input(node, inputs, 0)
          .mean(required_sizes(node, "axes"), attribute<std::int64_t>(node, "keepdims", 1) != 0)};
}

Tensors batch_normalization(const GraphNode& node, const Tensors& inputs) {
  return {at::batch_norm(input(node, inputs, 0), input(node, inputs, 1), input(node, inputs, 2),
                         input(node, inputs, 3), input(node, inputs, 4), false, 0.0,
                         attribute<float>(node, "epsilon", 1e-5F), false)};
}

Tensors convolution(const GraphNode& node, const Tensors& inputs) {
  ConvolutionShape shape;
  shape.stride = attribute<Sizes>(node, "strides", {1, 1});
  shape.padding = symmetric_padding(node);
  shape.dilation = attribute<Sizes>(node, "dilations", {1, 1});
  shape.groups = attribute<std::int64_t>(node, "group", 1);
  return {
      convolve(input(node, inputs, 0), input(node, inputs, 1), optional_input(inputs, 2), shape)};
}

/// alpha * A * B + beta * C; exporters of layers use alpha = beta = 1, B transposed.
Tensors gemm(const GraphNode& node, const Tensors& inputs) {
  const float alpha = attribute<float>(node, "alpha", 1);
  const float beta = attribute<float>(node, "beta", 1);
  at::Tensor left = input(node, inputs, 0);
  left = attribute<std::int64_t>(node, "transA", 0) != 0 ? left.t() : left;
  at::Tensor right = input(node, inputs, 1);
  right = attribute<std::int64_t>(node, "transB", 0) != 0 ? right : right.t();
  const at::Tensor bias = optional_input(inputs, 2);
  if (alpha == 1.0F && beta == 1.0F) {
    return {dense(left, right, bias)};
  }
  const at::Tensor product = dense(left, right, {}) * alpha;
  return {bias.defined() ? product + bias * beta : product};
}

Tensors concat(const GraphNode& node, const Tensors& inputs) {
  return {at::cat(inputs, attribute<std::int64_t>(node, "axis", 1))};
}

Tensors flatten(const GraphNode& node, const Tensors& inputs) {
  const at::Tensor& x = input(node, inputs, 0);
  const std::int64_t axis = attribute<std::int64_t>(node, "axis", 1);
  return {axis == 0 ? x.reshape({1, -1}) : x.flatten(0, axis - 1).flatten(1)};
}

Tensors gather(const GraphNode& node, const Tensors& inputs) {
  const at::Tensor& x = input(node, inputs, 0);
  const std::int64_t axis = at::maybe_wrap_dim(attribute<std::int64_t>(node, "axis", 0), x.dim());
  const at::Tensor indices = input(node, inputs, 1).to(x.device());
  Sizes sizes = x.sizes().slice(0, static_cast<std::size_t>(axis)).vec();
  const Sizes middle = indices.sizes().vec();
  const Sizes rest = x.sizes().slice(static_cast<std::size_t>(axis) + 1).vec();
  sizes.insert(sizes.end(), middle.begin(), middle.end());
  sizes.insert(sizes.end(), rest.begin(), rest.end());
  const at::Tensor wrapped = at::where(indices < 0, indices + x.size(axis), indices);
  return {at::index_select(x, axis, wrapped.flatten()).reshape(sizes)};
}

/// ONNX lists all starts, then all ends; LibTorch wants pairs, last dimension first.
Tensors pad(const GraphNode& node, const Tensors& inputs) {
  const at::Tensor& x = input(node, inputs, 0);
  const Sizes pads = required_sizes(node, "pads");
  const auto dims = static_cast<std::size_t>(x.dim());
  if (attribute<std::string>(node, "mode", "constant") != "constant" || pads.size() != 2 * dims) {
    fail(node, "only constant padding of every dimension is supported");
  }
  if (std::all_of(pads.begin(), pads.end(), [](std::int64_t n) { return n == 0; })) {
    return {x};
  }
  Sizes pairs;
  for (std::size_t dim = dims; dim-- > 0;) {
    pairs.push_back(pads[dim]);
    pairs.push_back(pads[dim + dims]);
  }
  return {at::constant_pad_nd(x, pairs, attribute<float>(node, "value", 0))};
}

/// A size of 0 keeps the input's, -1 is inferred. Attribute `shape`: see Note [Batch] in
/// graph_net.cpp.
Tensors reshape(const GraphNode& node, const Tensors& inputs) {
  const at::Tensor& x = input(node, inputs, 0);
  Sizes shape = node.attributes.count("shape") != 0 ? required_sizes(node, "shape")
                                                    : to_sizes(input(node, inputs, 1));
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) {
      shape[i] = x.size(static_cast<std::int64_t>(i));
    }
  }
  return {x.reshape(shape)};
}

Tensors shape_of(const GraphNode& node, const Tensors& inputs) {
  const Sizes sizes = input(node, inputs, 0).sizes().vec();
  return {at::tensor(sizes, at::TensorOptions().dtype(at::kLong))};
}

Tensors slice(const GraphNode& node, const Tensors& inputs) {
  at::Tensor x = input(node, inputs, 0);
  const Sizes starts = required_sizes(node, "starts");
  const Sizes ends = required_sizes(node, "ends");
  Sizes axes(starts.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    axes[i] = static_cast<std::int64_t>(i);
  }
  axes = attribute<Sizes>(node, "axes", axes);
  if (starts.size() != ends.size() || starts.size() != axes.size()) {
    fail(node, "starts, ends and axes differ in length");
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    x = x.slice(axes[i], starts[i], ends[i]);
  }
  return {x};
}

/// Opset 9: the dimensions from `axis` on are one.
Tensors softmax(const GraphNode& node, const Tensors& inputs) {
  const at::Tensor& x = input(node, inputs, 0);
  const std::int64_t axis = at::maybe_wrap_dim(attribute<std::int64_t>(node, "axis", 1), x.dim());
  return {at::softmax(x.flatten(axis), -1).reshape(x.sizes())};
}

Tensors split(const GraphNode& node, const Tensors& inputs) {
  const at::Tensor& x = input(node, inputs, 0);
  const std::int64_t axis = at::maybe_wrap_dim(attribute<std::int64_t>(node, "axis", 0), x.dim());
  const auto parts = static_cast<std::int64_t>(node.outputs.size());
  Sizes sizes(node.outputs.size(), parts == 0 ? 0 : x.size(axis) / parts);
  sizes = attribute<Sizes>(node, "split", sizes);
  return at::split_with_sizes(x, sizes, axis);
}

Tensors transpose(const GraphNode& node, const Tensors& inputs) {
  const at::Tensor& x = input(node, inputs, 0);
  Sizes reversed(static_cast<std::size_t>(x.dim()));
  for (std::size_t i = 0; i < reversed.size(); ++i) {
    reversed[i] = x.dim() - 1 - static_cast<std::int64_t>(i);
  }
  return {x.permute(attribute<Sizes>(node, "perm", reversed))};
}

Tensors unsqueeze(const GraphNode& node, const Tensors& inputs) {
  at::Tensor x = input(node, inputs, 0);
  Sizes axes = required_sizes(node, "axes");
  std::sort(axes.begin(), axes.end());
  for (const std::int64_t axis : axes) {
    x = x.unsqueeze(axis);
  }
  return {x};
}

}  // namespace

GraphOperator find_graph_operator(const std::string& op) {
  static const std::map<std::string, GraphOperator> operators = {
      {"Add", binary<add>},
      {"AveragePool", average_pool},
      {"BatchNormalization", batch_normalization},
      {"Concat", concat},
      {"Conv", convolution},
      {"Div", binary<divide>},
      {"Exp", exponential},
      {"Flatten", flatten},
      {"Gather", gather},
      {"Gemm", gemm},
      {"GlobalAveragePool", global_average_pool},
      {"MaxPool", max_pool},
      {"Mul", binary<multiply>},
      {"PRelu", prelu},
      {"Pad", pad},
      {"ReduceMean", reduce_mean},
      {"Relu", relu},
      {"Reshape", reshape},
      {"Shape", shape_of},
      {"Slice", slice},
      {"Softmax", softmax},
      {"Split", split},
      {"Sub", binary<subtract>},
      {"Transpose", transpose},
      {"Unsqueeze", unsqueeze},
  };
  const auto found = operators.find(op);
  if (found == operators.end()) {
    throw Error(ErrorKind::kModel,
                "operator '" + op + "' is not known; imported networks may use the " +
                    std::to_string(operators.size()) + " of common/nets/README.md");
  }
  return found->second;
}

}  // namespace changeling

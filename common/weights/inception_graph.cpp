#include "common/weights/inception_graph.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr double kEpsilon = 1e-3;
constexpr std::int64_t kInputSize = 299;

using Sizes = std::vector<std::int64_t>;

std::string to_bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// Adds layers one after the other; each call returns the name of its output. Convolutions are
/// numbered in the order in which they are added, as Keras numbered them.
class Builder {
 public:
  Builder(const std::vector<TfjsTensor>& weights, const std::string& name) : name_(name) {
    for (const TfjsTensor& tensor : weights) {
      weights_.emplace(tensor.name, &tensor);
    }
    built_.graph.inputs = {{"input", {1, 3, kInputSize, kInputSize}}};
  }

  /// Convolution, normalisation and ReLU; stride 1 and the size kept.
  std::string same(const std::string& input) { return convolution(input, 1, true); }

  /// The same without padding.
  std::string valid(const std::string& input, std::int64_t stride) {
    return convolution(input, stride, false);
  }

  /// A chain of `count` of them.
  std::string chain(std::string input, int count) {
    for (int i = 0; i < count; ++i) {
      input = same(input);
    }
    return input;
  }

  std::string max_pool(const std::string& input) {
    return add("MaxPool", {input}, {{"kernel_shape", Sizes{3, 3}}, {"strides", Sizes{2, 2}}});
  }

  /// Padding does not count.
  std::string average_pool(const std::string& input) {
    return add("AveragePool", {input},
               {{"kernel_shape", Sizes{3, 3}},
                {"pads", Sizes{1, 1, 1, 1}},
                {"count_include_pad", std::int64_t{0}}});
  }

  std::string join(std::vector<std::string> inputs) {
    return add("Concat", std::move(inputs), {{"axis", std::int64_t{1}}});
  }

  BuiltGraph finish(const std::string& maps) {
    const std::string pooled = add("GlobalAveragePool", {maps}, {});
    built_.graph.nodes.push_back({"Flatten", {pooled}, {"output"}, {}});
    built_.graph.outputs = {"output"};
    return std::move(built_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kModel, "'" + name_ + "': InceptionV3: " + what);
  }

  std::string add(const std::string& op, std::vector<std::string> inputs,
                  std::map<std::string, GraphAttribute> attributes) {
    const std::string output = "value_" + std::to_string(built_.graph.nodes.size());
    built_.graph.nodes.push_back({op, std::move(inputs), {output}, std::move(attributes)});
    return output;
  }

  const TfjsTensor& weight(const std::string& tensor, std::size_t dimensions) const {
    const auto found = weights_.find(tensor);
    if (found == weights_.end() || found->second->shape.size() != dimensions) {
      fail("no tensor '" + tensor + "' of " + std::to_string(dimensions) + " dimensions");
    }
    return *found->second;
  }

  const TfjsTensor& statistic(const std::string& layer, const std::string& tensor,
                              std::int64_t channels) const {
    const TfjsTensor& found = weight(layer + "/" + tensor, 1);
    if (found.shape[0] != channels) {
      fail("'" + found.name + "' has not the channels of its convolution");
    }
    return found;
  }

  std::string convolution(const std::string& input, std::int64_t stride, bool is_padded) {
    const std::string number = std::to_string(++n_convolutions_);
    const TfjsTensor& kernel = weight("conv2d_" + number + "/kernel", 4);
    fold("batch_normalization_" + number, kernel, "conv_" + number);
    const std::int64_t height = kernel.shape[0];
    const std::int64_t width = kernel.shape[1];
    const Sizes pads = is_padded ? Sizes{height / 2, width / 2, height / 2, width / 2} : Sizes(4);
    const std::string output =
        add("Conv", {input, "conv_" + number + ".weight", "conv_" + number + ".bias"},
            {{"strides", Sizes{stride, stride}}, {"pads", pads}});
    return add("Relu", {output}, {});
  }

  /// HWIO -> OIHW, each filter times 1 / sqrt(variance + epsilon); there is no gamma.
  void fold(const std::string& normalisation, const TfjsTensor& kernel, const std::string& to) {
    const std::int64_t area = kernel.shape[0] * kernel.shape[1];
    const std::int64_t in = kernel.shape[2];
    const std::int64_t out = kernel.shape[3];
    const std::vector<float>& beta = statistic(normalisation, "beta", out).values;
    const std::vector<float>& mean = statistic(normalisation, "moving_mean", out).values;
    const std::vector<float>& variance = statistic(normalisation, "moving_variance", out).values;
    std::vector<float> filters;
    std::vector<float> biases;
    filters.reserve(kernel.values.size());
    for (std::int64_t o = 0; o < out; ++o) {
      const auto channel = static_cast<std::size_t>(o);
      const double scale = 1 / std::sqrt(static_cast<double>(variance[channel]) + kEpsilon);
      biases.push_back(static_cast<float>(static_cast<double>(beta[channel]) -
                                          static_cast<double>(mean[channel]) * scale));
      for (std::int64_t i = 0; i < in; ++i) {
        for (std::int64_t p = 0; p < area; ++p) {
          const auto place = static_cast<std::size_t>((p * in + i) * out + o);
          filters.push_back(static_cast<float>(static_cast<double>(kernel.values[place]) * scale));
        }
      }
    }
    built_.tensors.push_back({to + ".weight",
                              DType::kF32,
                              {out, in, kernel.shape[0], kernel.shape[1]},
                              to_bytes(filters)});
    built_.tensors.push_back({to + ".bias", DType::kF32, {out}, to_bytes(biases)});
  }

  std::string name_;
  std::map<std::string, const TfjsTensor*> weights_;
  BuiltGraph built_;
  int n_convolutions_ = 0;
};

/// 1x1; 1x1, 5x5; 1x1, 3x3, 3x3; pool, 1x1.
std::string fine_block(Builder& net, const std::string& input) {
  const std::string one = net.same(input);
  const std::string five = net.chain(input, 2);
  const std::string three = net.chain(input, 3);
  return net.join({one, five, three, net.same(net.average_pool(input))});
}

/// 1x1; 1x1, 1x7, 7x1; 1x1, 7x1, 1x7, 7x1, 1x7; pool, 1x1.
std::string middle_block(Builder& net, const std::string& input) {
  const std::string one = net.same(input);
  const std::string seven = net.chain(input, 3);
  const std::string twice = net.chain(input, 5);
  return net.join({one, seven, twice, net.same(net.average_pool(input))});
}

/// 1x3 and 3x1 side by side.
std::string fork(Builder& net, const std::string& input) {
  const std::string wide = net.same(input);
  return net.join({wide, net.same(input)});
}

/// 1x1; 1x1, fork; 1x1, 3x3, fork; pool, 1x1.
std::string coarse_block(Builder& net, const std::string& input) {
  const std::string one = net.same(input);
  const std::string three = fork(net, net.same(input));
  const std::string twice = fork(net, net.chain(input, 2));
  return net.join({one, three, twice, net.same(net.average_pool(input))});
}

}  // namespace

BuiltGraph build_inception_v3(const std::vector<TfjsTensor>& weights, const std::string& name) {
  Builder net(weights, name);
  std::string x = net.same(net.valid(net.valid("input", 2), 1));
  x = net.max_pool(net.valid(net.valid(net.max_pool(x), 1), 1));
  for (int block = 0; block < 3; ++block) {
    x = fine_block(net, x);
  }
  const std::string half = net.valid(x, 2);
  const std::string half_twice = net.valid(net.chain(x, 2), 2);
  x = net.join({half, half_twice, net.max_pool(x)});
  for (int block = 0; block < 4; ++block) {
    x = middle_block(net, x);
  }
  const std::string quarter = net.valid(net.same(x), 2);
  const std::string quarter_seven = net.valid(net.chain(x, 3), 2);
  x = net.join({quarter, quarter_seven, net.max_pool(x)});
  x = coarse_block(net, x);
  x = coarse_block(net, x);
  return net.finish(x);
}

}  // namespace changeling

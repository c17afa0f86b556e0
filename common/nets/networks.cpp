#include "common/nets/networks.h"

#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include "common/base/error.h"
#include "common/nets/architectures.h"
#include "common/nets/batch_exact.h"
#include "common/nets/reflection_pad.h"

namespace changeling {
namespace {

constexpr double kNormEpsilon = 1e-5;
constexpr double kNormMomentum = 0.1;
constexpr double kLeakySlope = 0.2;
constexpr double kDropout = 0.5;

at::Tensor activated(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return at::relu(x);
    case Activation::kLeakyRelu:
      return at::leaky_relu(x, kLeakySlope);
    case Activation::kTanh:
      return at::tanh(x);
    case Activation::kSigmoid:
      return at::sigmoid(x);
  }
  return x;
}

Feature feature_of(const at::Tensor& batch) {
  return batch.dim() == 4 ? Feature{batch.size(1), batch.size(2), batch.size(3), batch}
                          : Feature{batch.size(1), 1, 1, batch};
}

/// Runs layers as they come.
class LayerRunner : public Layers {
 public:
  LayerRunner(const TensorMap& tensors, Mode mode, Compute compute = Compute::kFloat32)
      : tensors_(tensors), mode_(mode), compute_(compute) {}

  Feature conv(const ConvLayer& layer, const Feature& x) override {
    at::Tensor y = compute_ == Compute::kBFloat16 ? bfloat16_product(layer, x.batch)
                                                  : float_product(layer, x.batch);
    if (!layer.norm.empty()) {
      y = normalized(layer.norm, y);
    }
    return feature_of(activated(layer.activation, y));
  }

  Feature batch_norm(const std::string& path, const Feature& x) override {
    return feature_of(normalized(path, x.batch));
  }

  Feature activate(Activation activation, const Feature& x) override {
    return feature_of(activated(activation, x.batch));
  }

  Feature add(const Feature& a, const Feature& b, Activation activation) override {
    return feature_of(activated(activation, a.batch + b.batch));
  }

  Feature concat(const Feature& a, const Feature& b) override {
    return feature_of(at::cat({a.batch, b.batch}, 1));
  }

  Feature upsample(const Feature& x, bool align_corners) override {
    return feature_of(at::upsample_bilinear2d(x.batch, {2 * x.height, 2 * x.width}, align_corners));
  }

  Feature max_pool(const Feature& x, std::int64_t kernel, std::int64_t stride,
                   std::int64_t padding) override {
    return feature_of(
        at::max_pool2d(x.batch, {kernel, kernel}, {stride, stride}, {padding, padding}));
  }

  Feature mean(const Feature& x) override {
    return feature_of(x.batch.mean(at::IntArrayRef({2, 3}), true));
  }

  Feature linear(const std::string& path, std::int64_t /*out*/, Activation activation,
                 const Feature& x) override {
    const at::Tensor y = dense(x.batch.flatten(1), tensor(path, ".weight"), tensor(path, ".bias"));
    return feature_of(activated(activation, y));
  }

  Feature dropout(const Feature& x) override {
    return mode_ == Mode::kTrain ? feature_of(at::dropout(x.batch, kDropout, true)) : x;
  }

 private:
  [[nodiscard]] const at::Tensor& tensor(const std::string& path, const char* suffix) const {
    const auto found = tensors_.find(path + suffix);
    CHANGELING_REQUIRE(found != tensors_.end(), "no tensor '" + path + suffix + "'");
    return found->second;
  }

  static bool is_reflected(const ConvLayer& layer) {
    return layer.padding_kind == Padding::kReflection && layer.padding > 0;
  }

  [[nodiscard]] at::Tensor float_product(const ConvLayer& layer, const at::Tensor& x) const {
    const std::int64_t p = layer.padding;
    const bool reflect = is_reflected(layer);
    ConvolutionShape shape;
    shape.stride = {layer.stride, layer.stride};
    shape.padding = reflect ? std::vector<std::int64_t>{0, 0} : std::vector<std::int64_t>{p, p};
    return convolve(reflect ? at::reflection_pad2d(x, {p, p, p, p}) : x,
                    tensor(layer.conv, ".weight"),
                    layer.has_bias ? tensor(layer.conv, ".bias") : at::Tensor(), shape);
  }

  [[nodiscard]] at::Tensor bfloat16_product(const ConvLayer& layer, const at::Tensor& x) const {
    const bool reflect = is_reflected(layer);
    at::Tensor input = x.to(at::kBFloat16);
    if (reflect) {
      input = reflection_pad(input, layer.padding);
    }
    const std::int64_t padding = reflect ? 0 : layer.padding;
    const at::Tensor weight = tensor(layer.conv, ".weight").to(at::kBFloat16);
    const at::Tensor y = at::conv2d(input.contiguous(at::MemoryFormat::ChannelsLast),
                                    weight.contiguous(at::MemoryFormat::ChannelsLast), {},
                                    at::IntArrayRef({layer.stride, layer.stride}),
                                    at::IntArrayRef({padding, padding}));
    return layer.has_bias ? y + tensor(layer.conv, ".bias").view({1, -1, 1, 1}) : y;
  }

  [[nodiscard]] at::Tensor normalized(const std::string& path, const at::Tensor& x) const {
    return at::batch_norm(x, tensor(path, ".weight"), tensor(path, ".bias"),
                          tensor(path, ".running_mean"), tensor(path, ".running_var"),
                          mode_ == Mode::kTrain, kNormMomentum, kNormEpsilon,
                          at::globalContext().userEnabledCuDNN());
  }

  const TensorMap& tensors_;
  Mode mode_;
  Compute compute_;
};

/// Smallest unit of a side of the finest level that the structure divides without a rest.
std::int64_t side_unit(NetKind kind, std::size_t levels) {
  switch (kind) {
    case NetKind::kMsResUnetV2:
    case NetKind::kMsResUnetV1:
      return levels == 1 ? 8 : 16;
    case NetKind::kSegUnet:
      return 16;
    case NetKind::kPatchDiscriminator:
    case NetKind::kHopenet:
    case NetKind::kVgg19:
    case NetKind::kVgg19Bn:
      return 1;
  }
  return 1;
}

std::vector<Feature> checked_levels(const NetInfo& info, const Pyramid& input) {
  std::vector<Feature> levels;
  for (const at::Tensor& level : input.levels) {
    CHANGELING_REQUIRE(level.dim() == 4 && level.size(0) > 0 && level.size(1) == info.in &&
                           level.scalar_type() == at::kFloat,
                       "a network's input is float32 (N," + std::to_string(info.in) + ",R,R)");
    levels.push_back(feature_of(level));
  }
  const std::int64_t unit = side_unit(info.kind, levels.size());
  CHANGELING_REQUIRE(
      !levels.empty() && levels.front().height % unit == 0 && levels.front().width % unit == 0,
      "the sides of a network's input are multiples of " + std::to_string(unit));
  return levels;
}

std::vector<at::Tensor> batches(const std::vector<Feature>& features) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(features.size());
  for (const Feature& feature : features) {
    tensors.push_back(feature.batch.to(at::kFloat));
  }
  return tensors;
}

}  // namespace

std::vector<at::Tensor> run_network(const NetWeights& net, const Pyramid& input, Mode mode,
                                    Compute compute) {
  LayerRunner runner(net.tensors, mode, compute);
  return batches(build_network(runner, net.info, checked_levels(net.info, input)));
}

at::Tensor run_hopenet(const NetWeights& net, const at::Tensor& images, Mode mode) {
  CHANGELING_REQUIRE(net.info.kind == NetKind::kHopenet, "not a hopenet");
  std::vector<at::Tensor> angles;
  for (const at::Tensor& logits : run_network(net, {{images}}, mode)) {
    const at::Tensor bins = at::arange(logits.size(1), logits.options()).unsqueeze(0);
    angles.push_back(dense(at::softmax(logits, 1), bins, {}) * 3 - 99);
  }
  return at::cat(angles, 1);
}

std::vector<at::Tensor> run_vgg19_taps(const NetWeights& net, const at::Tensor& images, Mode mode) {
  CHANGELING_REQUIRE(net.info.kind == NetKind::kVgg19 || net.info.kind == NetKind::kVgg19Bn,
                     "not a vgg19");
  LayerRunner runner(net.tensors, mode);
  return batches(build_vgg19_taps(runner, net.info, checked_levels(net.info, {{images}}).front()));
}

NetWeights to_device(const NetWeights& net, c10::Device device) {
  NetWeights moved = net;
  for (auto& [name, tensor] : moved.tensors) {
    tensor = tensor.to(device);
  }
  return moved;
}

}  // namespace changeling

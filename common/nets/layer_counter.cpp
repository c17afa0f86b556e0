#include "common/nets/layer_counter.h"

#include <utility>

#include "common/base/error.h"
#include "common/nets/architectures.h"

namespace changeling {
namespace {

constexpr std::int64_t kMaxValues = 1'000'000'000;

std::int64_t window_count(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                          std::int64_t padding) {
  return (size + 2 * padding - kernel) / stride + 1;
}

}  // namespace

void LayerCounter::record(const std::string& name, TensorRole role,
                          std::vector<std::int64_t> shape) {
  if (names_.insert(name).second) {
    tensors_.push_back({name, std::move(shape), role});
  }
}

Feature LayerCounter::conv(const ConvLayer& layer, const Feature& x) {
  record(layer.conv + ".weight", TensorRole::kWeight,
         {layer.out, x.channels, layer.kernel, layer.kernel});
  if (layer.has_bias) {
    record(layer.conv + ".bias", TensorRole::kBias, {layer.out});
  }
  const Feature y = {layer.out,
                     window_count(x.height, layer.kernel, layer.stride, layer.padding),
                     window_count(x.width, layer.kernel, layer.stride, layer.padding),
                     {}};
  macs_ += y.height * y.width * y.channels * x.channels * layer.kernel * layer.kernel;
  return layer.norm.empty() ? y : batch_norm(layer.norm, y);
}

Feature LayerCounter::batch_norm(const std::string& path, const Feature& x) {
  record(path + ".weight", TensorRole::kNormWeight, {x.channels});
  record(path + ".bias", TensorRole::kBias, {x.channels});
  record(path + ".running_mean", TensorRole::kRunningMean, {x.channels});
  record(path + ".running_var", TensorRole::kRunningVar, {x.channels});
  return x;
}

Feature LayerCounter::activate(Activation /*activation*/, const Feature& x) {
  return x;
}

Feature LayerCounter::add(const Feature& a, const Feature& b, Activation /*activation*/) {
  CHANGELING_REQUIRE(a.channels == b.channels && a.height == b.height && a.width == b.width,
                     "features that are added have one shape");
  return a;
}

Feature LayerCounter::concat(const Feature& a, const Feature& b) {
  CHANGELING_REQUIRE(a.height == b.height && a.width == b.width,
                     "features that are joined have one size");
  return {a.channels + b.channels, a.height, a.width, {}};
}

Feature LayerCounter::upsample(const Feature& x, bool /*align_corners*/) {
  return {x.channels, 2 * x.height, 2 * x.width, {}};
}

Feature LayerCounter::max_pool(const Feature& x, std::int64_t kernel, std::int64_t stride,
                               std::int64_t padding) {
  return {x.channels,
          window_count(x.height, kernel, stride, padding),
          window_count(x.width, kernel, stride, padding),
          {}};
}

Feature LayerCounter::mean(const Feature& x) {
  return {x.channels, 1, 1, {}};
}

Feature LayerCounter::linear(const std::string& path, std::int64_t out, Activation /*activation*/,
                             const Feature& x) {
  const std::int64_t in = x.channels * x.height * x.width;
  record(path + ".weight", TensorRole::kWeight, {out, in});
  record(path + ".bias", TensorRole::kBias, {out});
  macs_ += in * out;
  return {out, 1, 1, {}};
}

Feature LayerCounter::dropout(const Feature& x) {
  return x;
}

std::vector<Feature> input_features(const NetInfo& info, std::int64_t resolution_px, int levels) {
  std::vector<Feature> features;
  for (int level = 0; level < levels; ++level) {
    features.push_back({info.in, resolution_px >> level, resolution_px >> level, {}});
  }
  return features;
}

std::int64_t mac_count(const NetInfo& info, std::int64_t resolution_px, int levels) {
  check_net_info(info);
  LayerCounter counter;
  build_network(
      counter, info,
      input_features(info, resolution_px, levels == 0 ? input_level_count(info.kind) : levels));
  return counter.macs();
}

std::vector<TensorSpec> tensor_layout(const NetInfo& info) {
  check_net_info(info);
  LayerCounter counter;
  // Fewer levels use other heads: the base of MSResUNet has its own.
  for (int levels = input_level_count(info.kind); levels > 0; --levels) {
    build_network(counter, info, input_features(info, info.resolution_px, levels));
  }
  if (info.kind == NetKind::kHopenet) {
    counter.linear("fc_finetune", 3, Activation::kNone, {32 * info.ngf + 3, 1, 1, {}});
  }
  std::int64_t values = 0;
  for (const TensorSpec& tensor : counter.tensors()) {
    values += element_count(tensor);
  }
  if (values > kMaxValues) {
    throw Error(ErrorKind::kModel, "a " + std::string(to_string(info.kind)) + " with " +
                                       std::to_string(values) + " values is too large");
  }
  return counter.tensors();
}

std::int64_t parameter_count(const NetInfo& info) {
  std::int64_t count = 0;
  for (const TensorSpec& tensor : tensor_layout(info)) {
    if (is_trained(tensor.role)) {
      count += element_count(tensor);
    }
  }
  return count;
}

}  // namespace changeling

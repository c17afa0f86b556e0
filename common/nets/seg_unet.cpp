// The segmentation network G_s: a U-Net (arXiv 1505.04597) whose decoder has no batch norm.
#include <array>
#include <string>

#include "common/nets/architectures.h"

namespace changeling {
namespace {

Feature conv(Layers& layers, const std::string& path, std::int64_t out, const Feature& x,
             std::int64_t kernel, Activation activation, const std::string& norm = {}) {
  ConvLayer layer;
  layer.conv = path;
  layer.norm = norm;
  layer.out = out;
  layer.kernel = kernel;
  layer.padding = kernel / 2;
  layer.has_bias = true;
  layer.activation = activation;
  return layers.conv(layer, x);
}

Feature encode(Layers& layers, const std::string& path, std::int64_t out, Feature x) {
  for (const char* part : {".conv1", ".conv2"}) {
    x = conv(layers, path + part + ".0", out, x, 3, Activation::kRelu, path + part + ".1");
  }
  return x;
}

Feature decode(Layers& layers, const std::string& path, const Feature& skipped, const Feature& x) {
  const std::int64_t out = skipped.channels;
  Feature y = conv(layers, path + ".conv1d", out, layers.upsample(x, true), 1, Activation::kNone);
  y = layers.concat(skipped, y);
  for (const char* part : {".conv.conv1.0", ".conv.conv2.0"}) {
    y = conv(layers, path + part, out, y, 3, Activation::kRelu);
  }
  return y;
}

}  // namespace

Feature build_seg_unet(Layers& layers, const NetInfo& info, const Feature& image) {
  constexpr std::size_t kStages = 4;
  std::array<Feature, kStages> skipped;
  Feature x = image;
  std::int64_t channels = info.ngf;
  for (std::size_t i = 0; i < kStages; ++i, channels *= 2) {
    skipped[i] = encode(layers, "conv" + std::to_string(i + 1), channels, x);
    x = layers.max_pool(skipped[i], 2, 2, 0);
  }
  x = encode(layers, "center", channels, x);
  for (std::size_t i = kStages; i-- > 0;) {
    x = decode(layers, "up_concat" + std::to_string(i + 1), skipped[i], x);
  }
  return conv(layers, "final", info.out.front(), x, 1, Activation::kNone);
}

}  // namespace changeling

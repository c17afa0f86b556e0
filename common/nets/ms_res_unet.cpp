// MSResUNet (FSGAN, arXiv 1908.05932; the enhancer after pix2pixHD, arXiv 1711.11585).
#include <algorithm>
#include <string>

#include "common/nets/architectures.h"

namespace changeling {
namespace {

constexpr std::size_t kInnermost = 2;
constexpr std::int64_t kMaxChannelsV2 = 1024;

/// ReflectionPad, convolution, batch norm, activation; `first` is the convolution's index in the
/// module list, the batch norm's is the next.
Feature conv_block(Layers& layers, const std::string& path, int first, std::int64_t out,
                   const Feature& x, std::int64_t kernel = 3, std::int64_t stride = 1,
                   Activation activation = Activation::kRelu) {
  ConvLayer layer;
  layer.conv = path + "." + std::to_string(first);
  layer.norm = path + "." + std::to_string(first + 1);
  layer.out = out;
  layer.kernel = kernel;
  layer.stride = stride;
  layer.padding = kernel / 2;
  layer.padding_kind = Padding::kReflection;
  layer.activation = activation;
  return layers.conv(layer, x);
}

Feature in_conv(Layers& layers, const std::string& path, std::int64_t out, const Feature& x) {
  return conv_block(layers, path + ".in_conv", 1, out, x, 7);
}

Feature down_block(Layers& layers, const std::string& path, std::int64_t out, const Feature& x) {
  const Feature half = conv_block(layers, path + ".down_block.model", 1, out, x, 3, 2);
  return conv_block(layers, path + ".down_block.model", 5, out, half);
}

Feature up_block(Layers& layers, const std::string& path, std::int64_t out, const Feature& x) {
  return conv_block(layers, path + ".up_block.model", 1, out, layers.upsample(x, false));
}

Feature flat_block(Layers& layers, const std::string& path, int count, Feature x) {
  for (int i = 0; i < count; ++i) {
    const std::string block = path + ".flat_block.model." + std::to_string(i) + ".model";
    Feature y = conv_block(layers, block, 1, x.channels, x);
    y = conv_block(layers, block, 5, x.channels, y, 3, 1, Activation::kNone);
    x = layers.add(x, y, Activation::kRelu);
  }
  return x;
}

/// x + up(inner level(down(x))), then residual blocks; the innermost level has only these.
Feature skip_level(Layers& layers, const std::string& path, const NetInfo& info, std::size_t level,
                   Feature x) {
  if (level < kInnermost) {
    std::int64_t inner = 2 * x.channels;
    if (info.kind == NetKind::kMsResUnetV2) {
      inner = std::min(inner, kMaxChannelsV2);
    }
    Feature y = down_block(layers, path, inner, x);
    y = skip_level(layers, path + ".submodule", info, level + 1, y);
    x = layers.add(x, up_block(layers, path, x.channels, y), Activation::kNone);
  }
  return flat_block(layers, path, info.flat[level + 1], x);
}

std::vector<Feature> heads(Layers& layers, const std::string& path, const NetInfo& info,
                           const Feature& x) {
  std::vector<Feature> outputs;
  for (const int channels : info.out) {
    const std::string number = info.out.size() == 1 ? "" : std::to_string(outputs.size() + 1);
    ConvLayer layer;
    layer.conv = path + ".out_conv" + number + ".1";
    layer.out = channels;
    layer.kernel = 7;
    layer.padding = 3;
    layer.padding_kind = Padding::kReflection;
    layer.activation = Activation::kTanh;
    outputs.push_back(layers.conv(layer, x));
  }
  return outputs;
}

}  // namespace

std::vector<Feature> build_ms_res_unet(Layers& layers, const NetInfo& info,
                                       const std::vector<Feature>& levels) {
  const std::int64_t ngf = info.ngf;
  const Feature base_in = in_conv(layers, "base", 2 * ngf, levels.back());
  const Feature base = skip_level(layers, "base.inner", info, 0, base_in);
  if (levels.size() == 1) {
    return heads(layers, "base", info, base);
  }
  const std::string path = "enhancer1";
  Feature x = in_conv(layers, path, ngf, levels.front());
  if (info.kind == NetKind::kMsResUnetV1) {
    x = layers.add(down_block(layers, path, 2 * ngf, x), base, Activation::kNone);
    x = up_block(layers, path, ngf, flat_block(layers, path, info.flat[0], x));
  } else {
    x = layers.add(x, up_block(layers, path, ngf, base), Activation::kNone);
    x = flat_block(layers, path, info.flat[0], x);
  }
  return heads(layers, path, info, x);
}

}  // namespace changeling

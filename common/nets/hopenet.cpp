// Hopenet (arXiv 1710.00925): head pose as three classifications into bins of 3 degrees.
#include <array>
#include <string>

#include "common/nets/architectures.h"

namespace changeling {
namespace {

constexpr std::array<int, 4> kBlocks = {3, 4, 6, 3};  // ResNet-50
constexpr std::int64_t kExpansion = 4;

ConvLayer conv(const std::string& path, const std::string& norm, std::int64_t out,
               std::int64_t kernel, std::int64_t stride, Activation activation) {
  ConvLayer layer;
  layer.conv = path;
  layer.norm = norm;
  layer.out = out;
  layer.kernel = kernel;
  layer.stride = stride;
  layer.padding = kernel / 2;
  layer.activation = activation;
  return layer;
}

Feature bottleneck(Layers& layers, const std::string& path, std::int64_t planes,
                   std::int64_t stride, bool is_first, const Feature& x) {
  const auto part = [&](int number, std::int64_t out, std::int64_t kernel, std::int64_t step,
                        Activation activation) {
    const std::string suffix = std::to_string(number);
    return conv(path + ".conv" + suffix, path + ".bn" + suffix, out, kernel, step, activation);
  };
  Feature y = layers.conv(part(1, planes, 1, 1, Activation::kRelu), x);
  y = layers.conv(part(2, planes, 3, stride, Activation::kRelu), y);
  y = layers.conv(part(3, kExpansion * planes, 1, 1, Activation::kNone), y);
  const std::string down = path + ".downsample";
  const Feature shortcut = is_first
                               ? layers.conv(conv(down + ".0", down + ".1", kExpansion * planes, 1,
                                                  stride, Activation::kNone),
                                             x)
                               : x;
  return layers.add(y, shortcut, Activation::kRelu);
}

}  // namespace

std::vector<Feature> build_hopenet(Layers& layers, const NetInfo& info, const Feature& image) {
  Feature x = layers.conv(conv("conv1", "bn1", info.ngf, 7, 2, Activation::kRelu), image);
  x = layers.max_pool(x, 3, 2, 1);
  std::int64_t planes = info.ngf;
  for (std::size_t i = 0; i < kBlocks.size(); ++i, planes *= 2) {
    for (int block = 0; block < kBlocks[i]; ++block) {
      const std::string path = "layer" + std::to_string(i + 1) + "." + std::to_string(block);
      const bool is_first = block == 0;
      x = bottleneck(layers, path, planes, is_first && i > 0 ? 2 : 1, is_first, x);
    }
  }
  x = layers.mean(x);
  std::vector<Feature> logits;
  for (const char* head : {"fc_yaw", "fc_pitch", "fc_roll"}) {
    logits.push_back(layers.linear(head, info.out[logits.size()], Activation::kNone, x));
  }
  return logits;
}

}  // namespace changeling

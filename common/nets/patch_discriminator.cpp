// PatchGAN discriminators at two scales (arXiv 1711.11585), sigmoid outputs.
#include <array>
#include <string>

#include "common/nets/architectures.h"

namespace changeling {
namespace {

struct Stage {
  int conv;             ///< index in the module list
  int norm;             ///< 0 = none
  std::int64_t widths;  ///< output channels in units of ndf; 0 = one channel
  std::int64_t stride;
};

constexpr std::array<Stage, 5> kStages = {
    {{0, 0, 1, 2}, {2, 3, 2, 2}, {5, 6, 4, 2}, {8, 9, 8, 1}, {11, 0, 0, 1}}};

Feature patch_scores(Layers& layers, const NetInfo& info, const std::string& path, Feature x) {
  for (const Stage& stage : kStages) {
    const bool is_last = stage.widths == 0;
    ConvLayer layer;
    layer.conv = path + "." + std::to_string(stage.conv);
    layer.norm = stage.norm == 0 ? "" : path + "." + std::to_string(stage.norm);
    layer.out = is_last ? 1 : stage.widths * info.ngf;
    layer.kernel = 4;
    layer.stride = stage.stride;
    layer.padding = 2;
    layer.has_bias = true;
    layer.activation = is_last ? Activation::kSigmoid : Activation::kLeakyRelu;
    x = layers.conv(layer, x);
  }
  return x;
}

}  // namespace

std::vector<Feature> build_patch_discriminator(Layers& layers, const NetInfo& info,
                                               const std::vector<Feature>& levels) {
  std::vector<Feature> scores;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const std::string path = "layer" + std::to_string(levels.size() - 1 - i);
    scores.push_back(patch_scores(layers, info, path, levels[i]));
  }
  return scores;
}

}  // namespace changeling

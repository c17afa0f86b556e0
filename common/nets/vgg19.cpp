// VGG-19 (arXiv 1409.1556, configuration E), with and without batch norm; torchvision's names.
#include <algorithm>
#include <array>
#include <string>

#include "common/nets/architectures.h"

namespace changeling {
namespace {

struct Group {
  int convolutions;
  std::int64_t widths;  ///< output channels in units of ngf
};

constexpr std::array<Group, 5> kGroups = {{{2, 1}, {2, 2}, {4, 4}, {4, 8}, {4, 8}}};
constexpr std::array<int, 5> kTaps = {1, 6, 11, 20, 29};    // relu1_1 .. relu5_1
constexpr std::array<int, 5> kTapsBn = {2, 6, 12, 20, 29};  // see build_vgg19_taps

/// Builds the modules of `features` one after the other, up to and including number `last`; keeps
/// the outputs of the modules in `taps`.
class FeatureStack {
 public:
  FeatureStack(Layers& layers, const NetInfo& info, const Feature& image, int last,
               const std::array<int, 5>& taps)
      : layers_(layers), last_(last), tap_indices_(taps), x_(image) {
    for (const Group& group : kGroups) {
      for (int i = 0; i < group.convolutions; ++i) {
        add_convolution(group.widths * info.ngf, info.kind == NetKind::kVgg19Bn);
      }
      module([&](const std::string&) { return layers_.max_pool(x_, 2, 2, 0); });
    }
  }

  [[nodiscard]] const Feature& output() const { return x_; }

  [[nodiscard]] const std::vector<Feature>& taps() const { return taps_; }

 private:
  void add_convolution(std::int64_t out, bool has_norm) {
    module([&](const std::string& path) {
      ConvLayer layer;
      layer.conv = path;
      layer.out = out;
      layer.has_bias = true;
      return layers_.conv(layer, x_);
    });
    if (has_norm) {
      module([&](const std::string& path) { return layers_.batch_norm(path, x_); });
    }
    module([&](const std::string&) { return layers_.activate(Activation::kRelu, x_); });
  }

  template <typename Build>
  void module(const Build& build) {
    const int index = next_++;
    if (index > last_) {
      return;
    }
    x_ = build("features." + std::to_string(index));
    if (std::find(tap_indices_.begin(), tap_indices_.end(), index) != tap_indices_.end()) {
      taps_.push_back(x_);
    }
  }

  Layers& layers_;
  int last_;
  const std::array<int, 5>& tap_indices_;
  int next_ = 0;
  Feature x_;
  std::vector<Feature> taps_;
};

const std::array<int, 5>& tap_indices(const NetInfo& info) {
  return info.kind == NetKind::kVgg19Bn ? kTapsBn : kTaps;
}

}  // namespace

Feature build_vgg19(Layers& layers, const NetInfo& info, const Feature& image) {
  constexpr int kAll = 1000;
  const Feature features = FeatureStack(layers, info, image, kAll, tap_indices(info)).output();
  if (info.out.empty()) {
    return features;
  }
  const std::int64_t hidden = std::int64_t{64} * info.ngf;
  Feature x = layers.linear("classifier.0", hidden, Activation::kRelu, features);
  x = layers.linear("classifier.3", hidden, Activation::kRelu, layers.dropout(x));
  return layers.linear("classifier.6", info.out.front(), Activation::kNone, layers.dropout(x));
}

std::vector<Feature> build_vgg19_taps(Layers& layers, const NetInfo& info, const Feature& image) {
  const std::array<int, 5>& taps = tap_indices(info);
  return FeatureStack(layers, info, image, taps.back(), taps).taps();
}

}  // namespace changeling

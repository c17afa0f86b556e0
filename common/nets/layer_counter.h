// common/nets/layer_counter.h: walks an architecture without running it: names and shapes of its
// weights, multiply-adds. Layer 2, Torch only.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/nets/layers.h"
#include "common/nets/net_weights.h"

namespace changeling {

/// Records each layer that is built on it. Features carry shapes only.
class LayerCounter : public Layers {
 public:
  /// Weights in the order of first use, each once.
  [[nodiscard]] const std::vector<TensorSpec>& tensors() const { return tensors_; }

  /// Multiply-adds of convolutions and dense layers for one image.
  [[nodiscard]] std::int64_t macs() const { return macs_; }

  Feature conv(const ConvLayer& layer, const Feature& x) override;
  Feature batch_norm(const std::string& path, const Feature& x) override;
  Feature activate(Activation activation, const Feature& x) override;
  Feature add(const Feature& a, const Feature& b, Activation activation) override;
  Feature concat(const Feature& a, const Feature& b) override;
  Feature upsample(const Feature& x, bool align_corners) override;
  Feature max_pool(const Feature& x, std::int64_t kernel, std::int64_t stride,
                   std::int64_t padding) override;
  Feature mean(const Feature& x) override;
  Feature linear(const std::string& path, std::int64_t out, Activation activation,
                 const Feature& x) override;
  Feature dropout(const Feature& x) override;

 private:
  void record(const std::string& name, TensorRole role, std::vector<std::int64_t> shape);

  std::vector<TensorSpec> tensors_;
  std::set<std::string> names_;
  std::int64_t macs_ = 0;
};

/// The features of an input of info.in channels at `levels` sizes, finest first.
[[nodiscard]] std::vector<Feature> input_features(const NetInfo& info, std::int64_t resolution_px,
                                                  int levels);

/// Multiply-adds of a network for one square image of `resolution_px`; levels as in
/// input_level_count unless given: 1 is the base of MSResUNet alone.
[[nodiscard]] std::int64_t mac_count(const NetInfo& info, std::int64_t resolution_px,
                                     int levels = 0);

}  // namespace changeling

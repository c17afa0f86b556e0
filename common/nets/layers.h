// common/nets/layers.h: the layers in which the architectures are written. Layer 2, Torch only.
// An architecture is a function over this interface (architectures.h). What its layers do is
// decided by the implementation: count and name their weights (LayerCounter), or run them
// (run_network).
#pragma once

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

namespace changeling {

/// What flows between layers: the shape of one image's features and, where layers are run, the
/// batch.
struct Feature {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  at::Tensor batch;  ///< (N,channels,height,width); undefined when layers are not run
  int node = -1;     ///< its place among the recorded layers (layer_plan.h)
};

enum class Activation { kNone, kRelu, kLeakyRelu, kTanh, kSigmoid };  ///< leaky: slope 0.2

enum class Padding { kZeros, kReflection };

/// A square convolution, then batch norm if `norm` is named, then the activation.
struct ConvLayer {
  std::string conv;  ///< module path of the filters
  std::string norm;  ///< module path of the batch norm; empty = none
  std::int64_t out = 0;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t padding = 1;  ///< on every side
  Padding padding_kind = Padding::kZeros;
  bool has_bias = false;
  Activation activation = Activation::kNone;
};

class Layers {
 public:
  virtual ~Layers() = default;

  virtual Feature conv(const ConvLayer& layer, const Feature& x) = 0;
  virtual Feature batch_norm(const std::string& path, const Feature& x) = 0;
  virtual Feature activate(Activation activation, const Feature& x) = 0;
  /// activation(a + b), same shapes.
  virtual Feature add(const Feature& a, const Feature& b, Activation activation) = 0;
  virtual Feature concat(const Feature& a, const Feature& b) = 0;  ///< channels of a, then of b
  /// Twice the size, bilinear.
  virtual Feature upsample(const Feature& x, bool align_corners) = 0;
  virtual Feature max_pool(const Feature& x, std::int64_t kernel, std::int64_t stride,
                           std::int64_t padding) = 0;
  virtual Feature mean(const Feature& x) = 0;  ///< over the pixels: height and width 1
  /// Dense layer with bias over all values of an image, in the order channel, row, column.
  virtual Feature linear(const std::string& path, std::int64_t out, Activation activation,
                         const Feature& x) = 0;
  virtual Feature dropout(const Feature& x) = 0;  ///< half of the values, while training
};

}  // namespace changeling

// common/nets/folded_net.h: a network prepared for inference at one precision. Layer 2, Torch only.
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "common/nets/layer_plan.h"
#include "common/nets/sparse_context.h"

namespace changeling {

/// Which implementation stands between the convolutions. Both give the same up to float rounding.
enum class LayerKernels {
  kOwn,      ///< common/tensor/channels_last.h: CPU
  kLibTorch  ///< operators of LibTorch: any device; in bfloat16 CUDA only
};

struct FoldedNetOptions {
  c10::Device device = c10::kCPU;
  at::ScalarType dtype = at::kFloat;  ///< of weights and of what flows between layers; or kBFloat16
  LayerKernels kernels = LayerKernels::kOwn;
};

/// Batch norm is folded into the convolutions, tensors are channels-last, reflection padding comes
/// with the previous layer. The landmark maps' part of the first layers (the "context") is kept
/// apart, because it belongs to a frame and not to a view. Thread-safe.
class FoldedNet {
 public:
  /// Throws Error(kModel) for kinds other than MSResUNet and seg_unet.
  FoldedNet(const NetWeights& weights, const FoldedNetOptions& options);

  /// landmarks float32 (F,L,2) -> what their maps add to the first layer of each input level,
  /// finest first, each (F,C,side of the level,same). Maps are those of the network's kind, made at
  /// the resolution of their level.
  [[nodiscard]] std::vector<at::Tensor> contexts(const at::Tensor& landmarks,
                                                 int resolution_px) const;

  /// The same from maps float32 (N,L,R,R); coarser levels are pooled from them.
  [[nodiscard]] std::vector<at::Tensor> contexts_of_maps(const at::Tensor& maps) const;

  /// images float32 (N,in-L,R,R); `contexts` as above for the N images, empty for a network without
  /// landmarks. Returns float32 (N,sum of out,R,R), contiguous.
  [[nodiscard]] at::Tensor run(const at::Tensor& images,
                               const std::vector<at::Tensor>& contexts) const;

 private:
  /// A convolution with its batch norm in it.
  struct Filters {
    at::Tensor weight;
    at::Tensor bias;  ///< float32 for own kernels, else of the weight's type
  };

  class Run;

  [[nodiscard]] Filters prepare(const PlanStep& step, const NetWeights& weights);
  [[nodiscard]] at::Tensor context_of_maps(const at::Tensor& maps, std::size_t level) const;

  NetKind kind_;
  FoldedNetOptions options_;
  LayerPlan plan_;
  int levels_;
  Halving pyramid_;
  int landmarks_;
  std::vector<Filters> filters_;         ///< per step; empty for steps without a convolution
  std::vector<at::Tensor> map_filters_;  ///< per input level: what the first layer does with maps
  std::vector<SparseContext> sparse_;    ///< the same without maps; none where those are no discs
};

}  // namespace changeling

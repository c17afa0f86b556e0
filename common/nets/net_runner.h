// common/nets/net_runner.h: a network ready to run on batches, however it is executed. Layer 2,
// Torch only.
#pragma once

#include <memory>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "common/nets/net_weights.h"

namespace changeling {

/// A network prepared for inference. One caller at a time per object. On CPU in float32 the result
/// for an image has the same bits whatever else is in the batch.
class NetRunner {
 public:
  virtual ~NetRunner() = default;

  [[nodiscard]] virtual const NetInfo& info() const = 0;

  /// In: float32 (N,in,R,R) in [-1,1] (masks and maps in [0,1]) on the runner's device, N >= 1; the
  /// pyramid is made inside, by pooling all channels. Out: float32 (N,sum of out,R,R), new memory:
  /// tanh images in [-1,1], or logits for seg_unet. R may be any multiple of 16. Throws
  /// Error(kInternal) for other shapes, Error(kResource) when memory ran out at the smallest batch.
  [[nodiscard]] virtual at::Tensor run(const at::Tensor& input) const = 0;

  /// The same for a network with landmark maps: images float32 (N,in-L,R,R); landmarks float32
  /// (F,L,2), x and y in [0,1] of the crop, may lie outside; context int64 (N): the row of
  /// `landmarks` that belongs to each image. Maps are drawn at each level's own resolution
  /// (with_landmark_maps). Throws Error(kInternal) when info().landmarks is 0.
  [[nodiscard]] virtual at::Tensor run(const at::Tensor& images, const at::Tensor& landmarks,
                                       const at::Tensor& context) const = 0;
};

/// The honest baseline: float32, batch 1, layer by layer as the reference code runs it (reflection
/// padding, batch norm, dense landmark maps).
[[nodiscard]] std::unique_ptr<NetRunner> make_eager_runner(const NetWeights& weights,
                                                           c10::Device device = c10::kCPU);

}  // namespace changeling

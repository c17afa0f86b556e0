// common/nets/sparse_context.h: what the landmark maps add to the first layers of G_r, without
// making the maps: each is a disc that fills half a percent. Layer 2, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

namespace changeling {

/// The landmark part of a 7x7 convolution. Equals convolving landmark_maps, padded by reflection,
/// up to float rounding (tested to 1e-5 of the dense layer), for landmarks at and beyond the border
/// too; a landmark that is not finite adds nothing. Landmarks are summed in their order, so the
/// bits depend on neither the number of threads nor the other rows of a batch (CPU). Thread-safe.
class SparseContext {
 public:
  /// `weight` float32 (C,L,7,7), on the device where contexts will be made.
  explicit SparseContext(const at::Tensor& weight);

  /// landmarks float32 (F,L,2) in [0,1] of the crop -> channels-last (F,C,R,R) of type `dtype`
  /// (float32 or bfloat16). Throws Error(kInternal) for other shapes.
  /// Cost on the CPU: a few percent of the dense convolution's.
  [[nodiscard]] at::Tensor make(const at::Tensor& landmarks, int resolution_px,
                                at::ScalarType dtype) const;

 private:
  std::int64_t channels_;
  std::int64_t landmarks_;
  at::Tensor weight_;  ///< float32; on the CPU (L,49,C rounded up), else as given, channels-last
  at::Tensor bfloat16_weight_;  ///< the same, not on the CPU
};

}  // namespace changeling

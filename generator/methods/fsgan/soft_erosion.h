// generator/methods/fsgan/soft_erosion.h: shrinks a face mask and gives it a soft rim. Layer 5,
// Torch only.
#pragma once

#include <ATen/core/Tensor.h>

namespace changeling {

struct ErosionOptions {
  int kernel_px = 21;      ///< odd; 21 belongs to crops of 256 px
  double threshold = 0.6;  ///< of the filtered mask, in (0,1]
};

struct ErodedMask {
  at::Tensor hard;  ///< 0 or 1: filtered value >= threshold; about 1 px inside the mask
  at::Tensor soft;  ///< 1 where hard, falling to 0 about 10 px outside
  at::Tensor core;  ///< 0 where not hard, rising to 1 about 10 px inside
};

/// Filters each mask with the normalised cone w = d_max - d (zero border), then divides what lies
/// below the threshold (for the core, what exceeds it) by its own maximum, mask by mask: a mask's
/// result does not depend on the others (the reference divides by the maximum of the batch). In:
/// float32 (N,1,S,S) in [0,1]. Out: the same shape and device; an empty mask gives zeros. Throws
/// Error(kInternal) for other shapes.
[[nodiscard]] ErodedMask erode_softly(const at::Tensor& mask, const ErosionOptions& options = {});

}  // namespace changeling

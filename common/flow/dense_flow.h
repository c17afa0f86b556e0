// common/flow/dense_flow.h: where every pixel of one picture is found in the next (Farneback 2003,
// "Two-frame motion estimation based on polynomial expansion"). Layer 2, OpenCV.
#pragma once

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"

namespace changeling {

/// float32 (H,W,2), x and y in px: what `from` shows at p is found at p + flow(p) in `to`. Both
/// kRgb24 of one size; compared in grey, with the settings of the temporal metrics: pyramid .5, 3
/// levels, window 15, 3 iterations, polynomial of 5 px with sigma 1.2. Does not depend on the
/// number of threads. About 0.15 us per pixel on one core. Throws Error(kInternal) for other
/// formats or two sizes.
[[nodiscard]] at::Tensor dense_flow(const Frame& from, const Frame& to);

}  // namespace changeling

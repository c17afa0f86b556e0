// evaluator/metrics/frame_maps.h: maps of a frame that several metrics look at, each made once.
// Layer 4, Torch only. The picture behind a map must be there.
#pragma once

#include <ATen/core/Tensor.h>

#include "evaluator/metrics/metric.h"

namespace changeling {

/// Luma (ssim.h), float64 (H,W).
[[nodiscard]] at::Tensor fake_luma(const FrameSample& frame);
[[nodiscard]] at::Tensor target_luma(const FrameSample& frame);
[[nodiscard]] at::Tensor control_luma(const FrameSample& frame);

/// Regions of the alpha mask (mask_region.h), uint8 (H,W).
[[nodiscard]] at::Tensor touched_area(const FrameSample& frame);
[[nodiscard]] at::Tensor ring_area(const FrameSample& frame);
[[nodiscard]] at::Tensor inside_area(const FrameSample& frame);

}  // namespace changeling

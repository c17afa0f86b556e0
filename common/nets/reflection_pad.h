// common/nets/reflection_pad.h: reflection padding of every type, fast in both directions. Layer 2,
// Torch only.
#pragma once

#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>

namespace changeling {

/// float32 or bfloat16 (N,C,H,W) -> (N,C,H+2p,W+2p), channels-last, the edge pixels not repeated,
/// as reflection_pad2d, which lacks bfloat16 on the CPU and loses channels-last on CUDA.
/// Differentiable; gradients are channels-last too, so that no sum meets two layouts. Throws
/// Error(kInternal) unless 0 <= p < H, W.
[[nodiscard]] at::Tensor reflection_pad(const at::Tensor& x, std::int64_t padding);

/// The same values without a gradient, of any type on any device: the picture written into its
/// place, then 4p lines copied. Where reflection_pad2d leaves channels-last, this spares the
/// convolutions a pass over their input. Throws as reflection_pad.
[[nodiscard]] at::Tensor reflection_pad_by_lines(const at::Tensor& x, std::int64_t padding);

/// As reflection_pad_by_lines of a picture like `x`, which `write` puts into the window that it is
/// given, (N,C,H,W): what makes the picture needs no memory of its own.
[[nodiscard]] at::Tensor reflection_pad_by_lines(
    const at::Tensor& x, std::int64_t padding,
    const std::function<void(at::Tensor& window)>& write);

}  // namespace changeling

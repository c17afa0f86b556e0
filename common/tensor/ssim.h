// common/tensor/ssim.h: structural similarity of two pictures, window by window (Wang et al. 2004,
// "Image quality assessment", eq. 13). Layer 1, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

namespace changeling {

/// Gaussian window, sigma 1.5 px; windows lie wholly inside the picture.
inline constexpr int kSsimWindowPx = 11;

/// float64 (H,W) of uint8 (H,W,3): 0.299 R + 0.587 G + 0.114 B, not rounded. Throws
/// Error(kInternal) for another shape or type.
[[nodiscard]] at::Tensor luma(const at::Tensor& rgb);

/// SSIM of every window of two lumas float64 (H,W) in 0..255: float64 (H-10,W-10). Value (y,x)
/// belongs to the window centred on pixel (y+5,x+5). Equal pictures give exactly 1; the bits are
/// the same on every CPU. About 10 ns per window. Throws Error(kInternal) for pictures of other or
/// of two sizes.
[[nodiscard]] at::Tensor ssim_map(const at::Tensor& a, const at::Tensor& b);

}  // namespace changeling

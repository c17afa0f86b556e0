// catalog/export/pixel_probe.h: what pixels that no swap touched may give away. Layer 4.
#pragma once

#include "catalog/export/leak_probe.h"
#include "common/base/frame.h"

namespace changeling {

/// Pixels this near to alpha do not count: codecs carry a swap's traces over its edge.
inline constexpr int kProbeMarginPx = 8;

struct PixelFeatures {
  /// Outside alpha: mean colour, contrast, gradients and high-pass energy. Empty when nothing is
  /// outside.
  ProbeFeatures background;
  /// Logarithm of the high-pass energy inside the square of 1.2 times the longer side of alpha's
  /// box, alpha itself excluded, over that outside: a pasted square betrays itself so. Empty when
  /// either is empty.
  ProbeFeatures box;
};

/// `picture` is RGB24; `alpha` of equal size, its first channel counts. Throws Error(kInput) for
/// other pictures.
[[nodiscard]] PixelFeatures pixel_features(const Frame& picture, const Frame& alpha);

}  // namespace changeling

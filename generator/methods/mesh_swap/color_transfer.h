// generator/methods/mesh_swap/color_transfer.h: brings the warped source face into the target's
// light. Layer 5. Pictures are CIE L*a*b* as made by to_lab().
#pragma once

#include <array>

#include "generator/methods/mesh_swap/float_image.h"

namespace changeling {

struct LabStatistics {
  std::array<float, 3> mean{};
  std::array<float, 3> deviation{};
};

/// Weighted mean and standard deviation per channel, computed twice: the second time without pixels
/// that lie beyond 2.5 deviations in any channel (highlights, hair, glasses). Weight has one
/// channel. All zero when no weight is positive.
[[nodiscard]] LabStatistics robust_statistics(const FloatImage& lab, const FloatImage& weight);

/// 0..1 per pixel: how well it fits the colours that `statistics` describe. 1 within 2 deviations
/// (taken as at least 10 L*, 4 a*, 4 b*), 0 beyond 3.5. Measured on cheeks and nose it tells skin
/// from hair, beard, glasses and background.
[[nodiscard]] FloatImage color_likelihood(const FloatImage& lab, const LabStatistics& statistics);

struct ColorMatchOptions {
  float min_gain = 0.7F;  ///< the deviation of a channel changes at most by these factors
  float max_gain = 1.3F;
};

/// (pixel - from.mean) * gain + to.mean per channel, gain = to.deviation / from.deviation within
/// the limits (Reinhard et al. 2001, in L*a*b*).
[[nodiscard]] FloatImage match_statistics(FloatImage lab, const LabStatistics& from,
                                          const LabStatistics& to,
                                          const ColorMatchOptions& options = {});

/// The smooth part of (target - source): Gaussian of sigma_px over the pixels with weight > 0,
/// normalised by the weight plus `doubt`, so that pixels without weight have no influence and the
/// result falls to 0 where the mean weight is small against `doubt` (> 0). Added to the source, it
/// moves broad shading and tint and leaves detail alone.
[[nodiscard]] FloatImage smooth_difference(const FloatImage& target, const FloatImage& source,
                                           const FloatImage& weight, float sigma_px, float doubt);

}  // namespace changeling

// generator/methods/mesh_swap/poisson_clone.h: seamless pasting by a harmonic correction. Layer 5.
#pragma once

#include "generator/methods/mesh_swap/float_image.h"

namespace changeling {

/// Pastes `source` into `target` where mask = 1 so that the colours meet at the mask's border while
/// the source's gradients are kept: source + h, h harmonic with h = target - source on the border
/// (Perez, Gangnet, Blake 2003, eq. 2, written for the correction). Outside the mask: the target.
/// All of one size; mask has one channel, 0 or 1.
[[nodiscard]] FloatImage poisson_clone(const FloatImage& source, const FloatImage& target,
                                       const FloatImage& mask);

/// The same with the border difference given by the caller, who may have smoothed it or left out
/// pixels that must not bleed in (hair, background). `difference` is read near the mask's border. A
/// difference that is smooth over a few pixels loses nothing on a smaller grid: the correction is
/// computed with `solve_side_px` on the longer side of the mask's box (0 = full size) and enlarged.
[[nodiscard]] FloatImage poisson_clone(const FloatImage& source, const FloatImage& target,
                                       const FloatImage& mask, const FloatImage& difference,
                                       int solve_side_px);

}  // namespace changeling

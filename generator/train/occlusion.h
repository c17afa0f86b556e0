// generator/train/occlusion.h: stands for hair and other occluders while training G_c. Layer 6.
#pragma once

#include <ATen/core/Tensor.h>

#include "common/base/rng.h"

namespace changeling {

/// Half of an ellipse that lies on the face's edge, as 0/1 float (R,R), inside `face_mask` (R,R;
/// face > 0.5): a random row of the mask, its left or right end as centre, half-axes whole numbers
/// in [w/4, w/2) with w the width of the mask's box, turned by a whole number of degrees in [0,180)
/// (FSGAN v2). All 0 when the mask's box is at most 10 px wide or high.
[[nodiscard]] at::Tensor random_occluder(const at::Tensor& face_mask, CounterRng& rng);

}  // namespace changeling

// generator/methods/fsgan/color_match.h: gives a reenacted face the target's colours. Layer 5,
// Torch only.
#pragma once

#include "generator/methods/fsgan/stage_types.h"

namespace changeling {

/// The reenacted faces with mean and deviation of the target's face, per channel of BT.601 luma and
/// colour differences (after Reinhard et al. 2001). Counted are pixels that are face in both, less
/// those further than 2.5 deviations from the mean; deviations change by factors of 0.7 to 1.3. A
/// face of fewer than 64 such pixels stays as it is, and so do the masks. A row's result does not
/// depend on the others.
[[nodiscard]] ReenactedBatch match_color(const AlignedBatch& aligned, ReenactedBatch reenacted);

/// How likely each pixel of images (N,3,S,S) has a colour of the face in `masks` (N,1,S,S), by the
/// same statistics: 1 up to 2 deviations from the mean (all channels together), 0 from 3.5 on; all
/// 1 for a face of fewer than 64 pixels. (N,1,S,S).
[[nodiscard]] at::Tensor color_likelihood(const at::Tensor& images, const at::Tensor& masks);

}  // namespace changeling

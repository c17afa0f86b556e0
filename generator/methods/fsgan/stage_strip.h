// generator/methods/fsgan/stage_strip.h: what each stage made of one face, side by side, for
// somebody to look at. Layer 5, Torch only.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"
#include "generator/methods/fsgan/swap_pipeline.h"

namespace changeling {

/// A rung's face as it is pasted: detail added, D >= S.
struct PaintedFace {
  at::Tensor image;  ///< (3,D,D) in [-1,1]
  at::Tensor alpha;  ///< (1,S,S) in [0,1]
};

/// Tiles of side S: every source view of the face, I_r, completion, transfer, soft mask (these
/// three where G_c ran), the target's crop with each rung's face on it, the crop as it was.
/// kRgb24, S high. `row` into `aligned`. Reads its inputs only.
[[nodiscard]] Frame stage_strip(const AlignedBatch& aligned, const PassResults& stages,
                                std::int64_t row, const std::vector<PaintedFace>& faces);

}  // namespace changeling

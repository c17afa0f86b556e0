// generator/train/augmentation.h: how crops are varied while G_s trains. Layer 6, Torch only.
#pragma once

#include "generator/train/face_set.h"

namespace changeling {

struct AugmentationOptions {
  double max_turn_deg = 30;  ///< uniform in +-
  double min_scale = 0.85;   ///< of the crop, log-uniform
  double max_scale = 1.2;
  double max_shift = 0.06;    ///< of the crop's side, uniform in +-
  double color_jitter = 0.3;  ///< brightness, contrast and saturation, factors in 1 +- this
  double blur_share = 0.3;    ///< of the crops, Gaussian 5x5
  double flip_share = 0.5;
};

/// Turns, scales, shifts, mirrors, recolours and blurs each row on its own; classes move with their
/// pixels (nearest neighbour, not labelled outside the crop), landmarks too. Images stay in [-1,1],
/// and all on the device of the batch.
[[nodiscard]] FaceBatch augmented(const FaceBatch& batch, const AugmentationOptions& options,
                                  CounterRng& rng);

}  // namespace changeling

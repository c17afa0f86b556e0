// common/tensor/gaussian_taps.h: weights of a Gaussian window. Layer 1, no Torch.
#pragma once

#include <vector>

namespace changeling {

/// For the offsets -reach..reach in pixels; their sum is 1. sigma_px > 0.
[[nodiscard]] std::vector<double> gaussian_taps(double sigma_px, int reach);

}  // namespace changeling

// tests/support/lively_weights.h: random networks whose output is a picture. Torch only.
#pragma once

#include <cmath>

#include <ATen/ATen.h>

#include "common/nets/net_weights.h"

namespace changeling {

/// Scales the filters of random_net_weights (deviation 0.02) so that a layer keeps the size of its
/// input (He et al. 2015). As training begins they are smaller, and in evaluation mode such a
/// network gives nearly nothing: any two ways to run it would agree.
inline void make_lively(NetWeights& net) {
  constexpr double kInitialDeviation = 0.02;
  for (auto& [name, tensor] : net.tensors) {
    if (tensor.dim() == 4) {
      const auto fan_in = static_cast<double>(tensor[0].numel());
      tensor = tensor * (std::sqrt(2 / fan_in) / kInitialDeviation);
    }
  }
}

}  // namespace changeling

// tests/support/net_fill.h: weights and inputs that every runtime can compute, for values that were
// measured once in the reference networks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/nets/net_weights.h"

namespace changeling {

/// U(n,q): n numbers in [-1,1) from an integer hash of their index and q.
at::Tensor fill(std::int64_t count, std::uint32_t q);

/// A tensor of a network, from its name alone: filters u sqrt(6 / fan in), biases and running means
/// 0.1 u, batch-norm weights 1 + 0.1 u, running variances 1 + 0.5 |u|.
at::Tensor filled_tensor(const TensorSpec& spec);

/// All tensors of a network so.
NetWeights filled_weights(const NetInfo& info);

/// (1,C,R,R) from U(C R^2, q).
at::Tensor filled_image(std::int64_t channels, std::int64_t side_px, std::uint32_t q = 7);

/// MSResUNet, version 2 unless said.
NetInfo ms_res_unet_info(int in, int ngf, std::vector<int> flat = {2, 2, 2, 2},
                         std::vector<int> out = {3}, NetKind kind = NetKind::kMsResUnetV2);

/// A network of any other kind.
NetInfo net_info(NetKind kind, int ngf, std::vector<int> out, int resolution_px = 256);

}  // namespace changeling

// generator/methods/fsgan/input_prior.h: G_c and G_b that correct the picture they are given
// instead of painting it anew. Layer 5, Torch only.
#pragma once

#include <string>

#include <ATen/core/Tensor.h>

#include "common/nets/net_weights.h"

namespace changeling {

/// NetInfo::notes["prior"] of such a network.
inline constexpr const char* kInputPrior = "input";

/// NetInfo::notes["prior"] of any network; empty = it paints anew.
[[nodiscard]] std::string prior_of(const NetInfo& info);

[[nodiscard]] bool starts_from_input(const NetInfo& info);

/// What G_c or G_b makes of `input` (N,C,S,S), whose first three channels are the picture, by its
/// `heads` (N,k,S,S): their image, or with the prior the picture * (1 - m) + image * m, m = (fourth
/// head + 1) / 2 (blend_with_prior). (N,3,S,S); differentiable.
[[nodiscard]] at::Tensor stage_image(const NetInfo& info, const at::Tensor& input,
                                     const at::Tensor& heads);

}  // namespace changeling

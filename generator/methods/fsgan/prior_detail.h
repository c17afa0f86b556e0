// generator/methods/fsgan/prior_detail.h: what G_r smoothed away although the bent source view has
// it. Layer 5, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

namespace changeling {

/// Half of the detail below 1.6 px by which `painted` (N,3,S,S) falls short of the bent view, where
/// the view shows the surface. `prior` (N,4,S,S) is mesh_warp_prior's: view and validity. Float32
/// images in [-1,1]. Chosen on validation people (docs/decisions/012-detail-of-the-prior.md).
[[nodiscard]] at::Tensor with_prior_detail(const at::Tensor& painted, const at::Tensor& prior);

}  // namespace changeling

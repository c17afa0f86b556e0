// common/face/mesh_warp.h: a source view bent onto another face's landmarks: the prior that G_r may
// start from. Layer 3, Torch only. Landmarks are normalised to their crop, [0,1].
#pragma once

#include <ATen/core/Tensor.h>

#include "common/face/face_types.h"

namespace changeling {

/// For every pixel of the target crop the place in the source crop that belongs there.
struct MeshWarp {
  at::Tensor grid;      ///< float32 (R,R,2): x, y in [-1,1] as grid_sample reads them
  at::Tensor validity;  ///< float32 (1,R,R): 1 = the source shows this surface well, 0 = hidden
};

/// The piecewise affine map between two faces of 68 landmarks (with the forehead of
/// extend_landmarks and a far frame that carries the surroundings along), on a CPU. Triangles that
/// are turned away in the target are left out, nearer ones are drawn over farther ones; pixels that
/// no triangle covers follow the similarity of the two landmark sets with validity 0. Validity of a
/// face triangle falls to 0 as its area in the source, relative to the median triangle's, falls
/// from 40 % to 10 % (a surface seen edge-on). Throws Error(kInternal) unless both have 68 finite
/// points.
[[nodiscard]] MeshWarp mesh_warp(const Landmarks& source, const Landmarks& target,
                                 int resolution_px);

/// The prior channels of G_r: images (N,C,R,R) bent by mesh_warp from source_landmarks (N,68,2)
/// onto target_landmarks (N,68,2), then the validity: float32 (N,C+1,R,R) on the images' device.
/// Bilinear, borders replicated. No gradient flows into the landmarks.
[[nodiscard]] at::Tensor mesh_warp_prior(const at::Tensor& images,
                                         const at::Tensor& source_landmarks,
                                         const at::Tensor& target_landmarks);

/// NetInfo::notes["prior"] of a G_r that starts from mesh_warp_prior.
inline constexpr const char* kMeshWarpPrior = "mesh_warp";

/// The output of such a G_r: `heads` (N,4,R,R) are its image and its blend mask, both tanh; result
/// (N,3,R,R) = warped * (1 - m) + image * m with m = (mask + 1) / 2. Differentiable.
[[nodiscard]] at::Tensor blend_with_prior(const at::Tensor& warped, const at::Tensor& heads);

}  // namespace changeling

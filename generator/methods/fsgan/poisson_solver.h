// generator/methods/fsgan/poisson_solver.h: seamless pasting of whole batches: the goal of
// blending. Layer 5, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

namespace changeling {

/// The image with the source's gradients inside the mask and the target's values outside it:
/// argmin |grad f - grad source|^2, f = target where mask <= 0.5 (Perez, Gangnet, Blake 2003, eq.
/// 2), on the 5-point stencil. source, target: float32 (N,C,H,W); mask: (N,1,H,W), taken as empty
/// on the image's outermost pixels. Conjugate gradients in float32 with a multigrid preconditioner:
/// 7 to 14 iterations, where plain ones take 50 to 300. On a CPU image by image, so its bits do not
/// depend on the others; on a GPU all at once, each channel stopping by itself. Outside the mask
/// the target bit for bit. The values must be finite. Not differentiable. Throws Error(kInternal)
/// for shapes that do not fit.
[[nodiscard]] at::Tensor solve_poisson(const at::Tensor& source, const at::Tensor& target,
                                       const at::Tensor& mask);

/// What G_b learns: solve_poisson of the face inside the mask, whatever lies outside it in `pasted`
/// (there the face is continued by a pixel); the plain target where the mask's box measures 10 px
/// or less (last - first) in either direction. A border pixel pulls the face to the target's value
/// only as far as `trust` (N,1,H,W), in [0,1], goes, so that hair at the mask's edge does not
/// darken the face; undefined = all the way.
[[nodiscard]] at::Tensor poisson_target(const at::Tensor& pasted, const at::Tensor& target,
                                        const at::Tensor& mask, const at::Tensor& trust = {});

}  // namespace changeling

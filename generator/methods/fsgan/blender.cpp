#include "generator/methods/fsgan/blender.h"

#include <ATen/ATen.h>

#include "generator/methods/fsgan/poisson_solver.h"

namespace changeling {

BlendedBatch Blender::run(const AlignedBatch& aligned, const CompletedBatch& completed) const {
  const at::Tensor input = at::cat({completed.transfer, aligned.target, completed.hard_mask}, 1);
  return {net_.run(input).narrow(1, 0, 3), completed.soft_mask};
}

BlendedBatch blend_by_poisson(const AlignedBatch& aligned, const CompletedBatch& completed) {
  return {poisson_target(completed.transfer, aligned.target, completed.hard_mask).clamp(-1, 1),
          completed.soft_mask};
}

}  // namespace changeling

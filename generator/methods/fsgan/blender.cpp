#include "generator/methods/fsgan/blender.h"

#include <ATen/ATen.h>

#include "generator/methods/fsgan/poisson_solver.h"

namespace changeling {

BlendedBatch Blender::run(const AlignedBatch& aligned, const CompletedBatch& completed) const {
  return {net_.run(blending_input(aligned, completed)).narrow(1, 0, 3), completed.soft_mask};
}

at::Tensor blending_input(const AlignedBatch& aligned, const CompletedBatch& completed) {
  return at::cat({completed.transfer, aligned.target, completed.hard_mask}, 1);
}

BlendedBatch blend_by_poisson(const AlignedBatch& aligned, const CompletedBatch& completed) {
  return {poisson_target(completed.transfer, aligned.target, completed.hard_mask).clamp(-1, 1),
          completed.soft_mask};
}

}  // namespace changeling

#include "generator/methods/fsgan/blender.h"

#include <ATen/ATen.h>

#include "generator/methods/fsgan/color_match.h"
#include "generator/methods/fsgan/input_prior.h"
#include "generator/methods/fsgan/poisson_solver.h"

namespace changeling {

BlendedBatch Blender::run(const AlignedBatch& aligned, const CompletedBatch& completed) const {
  const at::Tensor input = blending_input(aligned, completed);
  return {stage_image(net_.info(), input, net_.run(input)), completed.soft_mask};
}

at::Tensor blending_input(const AlignedBatch& aligned, const CompletedBatch& completed) {
  return at::cat({completed.transfer, aligned.target, completed.hard_mask}, 1);
}

BlendedBatch blend_by_poisson(const AlignedBatch& aligned, const CompletedBatch& completed) {
  const at::Tensor trust = color_likelihood(aligned.target, completed.hard_mask);
  return {
      poisson_target(completed.transfer, aligned.target, completed.hard_mask, trust).clamp(-1, 1),
      completed.soft_mask};
}

}  // namespace changeling

#include "generator/methods/fsgan/inpainter.h"

#include <ATen/ATen.h>

#include "generator/methods/fsgan/input_prior.h"

namespace changeling {

CompletedBatch Inpainter::run(const AlignedBatch& aligned, const ReenactedBatch& reenacted,
                              const ErodedMask& target_mask) const {
  const at::Tensor input = inpainting_input(reenacted, target_mask.hard);
  return pasted_face(aligned, stage_image(net_.info(), input, net_.run(input)), target_mask);
}

at::Tensor inpainting_input(const ReenactedBatch& reenacted, const at::Tensor& hard_mask) {
  return at::cat({reenacted.image(), hard_mask}, 1);
}

CompletedBatch pasted_face(const AlignedBatch& aligned, const at::Tensor& image,
                           const ErodedMask& mask) {
  CompletedBatch result;
  result.image = image;
  result.hard_mask = mask.hard;
  result.soft_mask = mask.soft;
  result.transfer = at::where(mask.hard.gt(0), image, aligned.target);
  return result;
}

}  // namespace changeling

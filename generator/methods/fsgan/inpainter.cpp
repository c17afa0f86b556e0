#include "generator/methods/fsgan/inpainter.h"

#include <ATen/ATen.h>

namespace changeling {

CompletedBatch Inpainter::run(const AlignedBatch& aligned, const ReenactedBatch& reenacted,
                              const ErodedMask& target_mask) const {
  CompletedBatch result;
  result.image = net_.run(at::cat({reenacted.image, target_mask.hard}, 1)).narrow(1, 0, 3);
  result.hard_mask = target_mask.hard;
  result.soft_mask = target_mask.soft;
  result.transfer = at::where(target_mask.hard.gt(0), result.image, aligned.target);
  return result;
}

}  // namespace changeling

#include "generator/methods/fsgan/stage_strip.h"

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"
#include "common/tensor/transfer.h"

namespace changeling {
namespace {

/// (1,S,S) in [0,1] -> (3,S,S) in [-1,1].
at::Tensor grey(const at::Tensor& mask) {
  return (mask * 2 - 1).expand({3, -1, -1});
}

/// (3,D,D) -> (3,S,S), the mean of what each pixel covers.
at::Tensor of_side(const at::Tensor& image, std::int64_t side) {
  return image.size(1) == side
             ? image
             : at::adaptive_avg_pool2d(image.unsqueeze(0), {side, side}).squeeze(0);
}

}  // namespace

Frame stage_strip(const AlignedBatch& aligned, const PassResults& stages, std::int64_t row,
                  const std::vector<PaintedFace>& faces) {
  const auto row_of = [row](const at::Tensor& batch) {
    return move_to_host(batch[row]).to(at::kFloat);
  };
  const at::Tensor target = row_of(aligned.target);
  std::vector<at::Tensor> tiles;
  for (std::size_t i = 0; i < aligned.frame_of_view.size(); ++i) {
    if (aligned.frame_of_view[i] == row) {
      tiles.push_back(move_to_host(aligned.views[static_cast<std::int64_t>(i)]).to(at::kFloat));
    }
  }
  tiles.push_back(row_of(stages.reenacted.image()));
  if (stages.completed.image.defined()) {
    tiles.push_back(row_of(stages.completed.image));
    tiles.push_back(row_of(stages.completed.transfer));
    tiles.push_back(grey(row_of(stages.completed.soft_mask)));
  }
  for (const PaintedFace& face : faces) {
    const at::Tensor alpha = face.alpha.to(at::kFloat);
    const at::Tensor image = of_side(face.image.to(at::kFloat), target.size(1));
    tiles.push_back(target + (image - target) * alpha);
  }
  tiles.push_back(target);
  return to_frame(to_pixels(at::cat(tiles, 2)).contiguous());
}

}  // namespace changeling

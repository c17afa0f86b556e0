#include "generator/methods/fsgan/soft_erosion.h"

#include <cmath>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/nets/batch_exact.h"

namespace changeling {
namespace {

/// Weights falling linearly from the middle to 0 at the corners, sum 1: float (1,1,k,k).
at::Tensor cone(int kernel_px) {
  const int radius = kernel_px / 2;
  const double longest = std::hypot(radius, radius);
  at::Tensor weights = at::empty({kernel_px, kernel_px}, at::TensorOptions().dtype(at::kDouble));
  double* into = weights.data_ptr<double>();
  for (int y = -radius; y <= radius; ++y) {
    for (int x = -radius; x <= radius; ++x) {
      *into++ = longest - std::hypot(x, y);
    }
  }
  return (weights / weights.sum()).to(at::kFloat).view({1, 1, kernel_px, kernel_px});
}

at::Tensor filter(const at::Tensor& mask, const at::Tensor& weights) {
  const std::int64_t radius = weights.size(3) / 2;
  if (mask.device().is_cpu()) {
    ConvolutionShape shape;
    shape.padding = {radius, radius};
    return convolve(mask.contiguous(), weights, {}, shape);
  }
  // Not at::conv2d: it may round the inputs to 10 bits (TF32), and the threshold would move.
  return at::_convolution(mask, weights.to(mask.device()), {}, {1, 1}, {radius, radius}, {1, 1},
                          false, {0, 0}, 1, false, true, true, false);
}

}  // namespace

ErodedMask erode_softly(const at::Tensor& mask, const ErosionOptions& options) {
  CHANGELING_REQUIRE(mask.dim() == 4 && mask.size(1) == 1 && mask.scalar_type() == at::kFloat,
                     "erosion needs float masks (N,1,S,S)");
  CHANGELING_REQUIRE(options.kernel_px >= 3 && options.kernel_px % 2 == 1 &&
                         options.threshold > 0 && options.threshold <= 1,
                     "erosion needs an odd kernel of 3 px or more and a threshold in (0,1]");
  const at::Tensor filtered = filter(mask, cone(options.kernel_px));
  const at::Tensor is_hard = filtered >= options.threshold;
  const at::Tensor rim = at::where(is_hard, at::zeros_like(filtered), filtered);
  const at::Tensor highest = rim.amax({1, 2, 3}, true);
  const at::Tensor soft = rim / at::where(highest > 0, highest, at::ones_like(highest));
  const at::Tensor excess = (filtered - options.threshold).clamp_min(0);
  const at::Tensor most = excess.amax({1, 2, 3}, true);
  return {is_hard.to(at::kFloat), at::where(is_hard, at::ones_like(soft), soft),
          excess / at::where(most > 0, most, at::ones_like(most))};
}

}  // namespace changeling

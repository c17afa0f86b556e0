#include "generator/methods/fsgan/prior_detail.h"

#include <ATen/ATen.h>

#include "common/tensor/image_ops.h"

namespace changeling {
namespace {

constexpr double kCoarsePx = 1.6;
constexpr double kShare = 0.5;

at::Tensor detail_of(const at::Tensor& images) {
  return images - gaussian_blur(images, kCoarsePx);
}

}  // namespace

at::Tensor with_prior_detail(const at::Tensor& painted, const at::Tensor& prior) {
  const at::Tensor lost = detail_of(prior.narrow(1, 0, 3) - painted);
  return (painted + lost * prior.narrow(1, 3, 1) * kShare).clamp(-1, 1);
}

}  // namespace changeling

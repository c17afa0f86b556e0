#include "common/tensor/ssim.h"

#include <array>
#include <cmath>
#include <cstdint>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr double kSigmaPx = 1.5;
constexpr double kC1 = (0.01 * 255) * (0.01 * 255);
constexpr double kC2 = (0.03 * 255) * (0.03 * 255);

using Taps = std::array<double, kSsimWindowPx>;

Taps gaussian_taps() {
  Taps taps{};
  double sum = 0;
  for (int i = 0; i < kSsimWindowPx; ++i) {
    const double offset = i - kSsimWindowPx / 2;
    taps[static_cast<std::size_t>(i)] = std::exp(-offset * offset / (2 * kSigmaPx * kSigmaPx));
    sum += taps[static_cast<std::size_t>(i)];
  }
  for (double& tap : taps) {
    tap /= sum;
  }
  return taps;
}

/// Weighted sums of neighbours along one dimension, windows wholly inside only.
at::Tensor filter(const at::Tensor& planes, std::int64_t dim, const Taps& taps) {
  const std::int64_t length = planes.size(dim) - kSsimWindowPx + 1;
  at::Tensor sum = planes.slice(dim, 0, length) * taps[0];
  for (std::int64_t i = 1; i < kSsimWindowPx; ++i) {
    sum.add_(planes.slice(dim, i, i + length), taps[static_cast<std::size_t>(i)]);
  }
  return sum;
}

}  // namespace

at::Tensor luma(const at::Tensor& rgb) {
  CHANGELING_REQUIRE(rgb.dim() == 3 && rgb.size(2) == 3, "luma needs a picture (H,W,3)");
  const at::Tensor values = rgb.to(at::kDouble);
  return values.select(2, 0) * 0.299 + values.select(2, 1) * 0.587 + values.select(2, 2) * 0.114;
}

at::Tensor ssim_map(const at::Tensor& a, const at::Tensor& b) {
  CHANGELING_REQUIRE(a.dim() == 2 && a.sizes() == b.sizes() && a.size(0) >= kSsimWindowPx &&
                         a.size(1) >= kSsimWindowPx,
                     "SSIM needs two lumas (H,W) of one size, sides of a window or more");
  static const Taps taps = gaussian_taps();
  // Numerator and denominator round alike for equal inputs.
  const at::Tensor moments = at::stack({a, b, a * a, b * b, a * b});
  const at::Tensor blurred = filter(filter(moments, 2, taps), 1, taps);
  const at::Tensor aa = blurred[0] * blurred[0];
  const at::Tensor bb = blurred[1] * blurred[1];
  const at::Tensor ab = blurred[0] * blurred[1];
  const at::Tensor variances = (blurred[2] - aa) + (blurred[3] - bb);
  const at::Tensor covariance = blurred[4] - ab;
  return ((ab + ab + kC1) * (covariance + covariance + kC2)) /
         ((aa + bb + kC1) * (variances + kC2));
}

}  // namespace changeling

// Structural similarity outside the swapped area (Wang et al. 2004, "Image quality assessment", eq.
// 13).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"

namespace changeling {
namespace {

constexpr int kWindowPx = 11;
constexpr double kSigmaPx = 1.5;
constexpr std::int64_t kStripRows = 32;  // rows of windows at a time: the planes stay in the cache
constexpr double kC1 = (0.01 * 255) * (0.01 * 255);
constexpr double kC2 = (0.03 * 255) * (0.03 * 255);

using Taps = std::array<double, kWindowPx>;

Taps gaussian_taps() {
  Taps taps{};
  double sum = 0;
  for (int i = 0; i < kWindowPx; ++i) {
    const double offset = i - kWindowPx / 2;
    taps[static_cast<std::size_t>(i)] = std::exp(-offset * offset / (2 * kSigmaPx * kSigmaPx));
    sum += taps[static_cast<std::size_t>(i)];
  }
  for (double& tap : taps) {
    tap /= sum;
  }
  return taps;
}

/// float64 (H,W) of uint8 (H,W,3), not rounded.
at::Tensor luma(const Frame& frame) {
  const at::Tensor rgb = to_tensor(frame).to(at::kDouble);
  return rgb.select(2, 0) * 0.299 + rgb.select(2, 1) * 0.587 + rgb.select(2, 2) * 0.114;
}

/// Weighted sums of neighbours along one dimension, windows wholly inside only.
at::Tensor filter(const at::Tensor& planes, std::int64_t dim, const Taps& taps) {
  const std::int64_t length = planes.size(dim) - kWindowPx + 1;
  at::Tensor sum = planes.slice(dim, 0, length) * taps[0];
  for (std::int64_t i = 1; i < kWindowPx; ++i) {
    sum.add_(planes.slice(dim, i, i + length), taps[static_cast<std::size_t>(i)]);
  }
  return sum;
}

/// SSIM of every window, float64 (H-10,W-10). Numerator and denominator round alike for equal
/// inputs, so that identical pictures give exactly 1.
at::Tensor ssim_map(const at::Tensor& a, const at::Tensor& b) {
  static const Taps taps = gaussian_taps();
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

/// Sum of the SSIM of the windows with weight 1; `weights` is float64 (H-10,W-10).
double sum_of_windows(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weights) {
  double sum = 0;
  for (std::int64_t row = 0; row < weights.size(0); row += kStripRows) {
    const std::int64_t end = std::min(row + kStripRows, weights.size(0));
    const std::int64_t last = end + kWindowPx - 1;
    const at::Tensor map = ssim_map(a.slice(0, row, last), b.slice(0, row, last));
    // Along rows first: the order of additions then does not depend on the number of threads.
    sum += (map * weights.slice(0, row, end)).sum(1).sum().item<double>();
  }
  return sum;
}

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  if (frame.fake->width_px() < kWindowPx || frame.fake->height_px() < kWindowPx) {
    return sample_status(SampleStatus::kSkipped);
  }
  const at::Tensor outside =
      sliding_maximum(dilated_swap_area(*frame.alpha), kWindowPx, kWindowPx).eq(0).to(at::kDouble);
  const double windows = outside.sum(1).sum().item<double>();
  if (windows < 1) {
    return sample_status(SampleStatus::kSkipped);
  }
  return sample_value(sum_of_windows(luma(*frame.fake), luma(*frame.target), outside) / windows);
}

}  // namespace

std::unique_ptr<Metric> make_ssim_bg() {
  MetricInfo info;
  info.name = "ssim_bg";
  info.unit = "1";
  info.direction = MetricDirection::kUp;
  info.definition =
      "luma SSIM of fake and target over windows wholly outside the dilated alpha mask";
  info.sampling = "even30";
  info.params_json =
      R"({"k1":0.01,"k2":0.03,"luma":"0.299 R + 0.587 G + 0.114 B","mask":"alpha > 0 dilated 8 px, )"
      R"(square","range":255,"sampling":"even30","window":"11x11 Gaussian, sigma 1.5, valid"})";
  return make_frame_metric(info, score);
}

}  // namespace changeling

// Structural similarity outside the swapped area.
#include "common/tensor/ssim.h"

#include <algorithm>
#include <cstdint>

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"

namespace changeling {
namespace {

constexpr std::int64_t kStripRows = 32;  // rows of windows at a time: the planes stay in the cache

/// Sum of the SSIM of the windows with weight 1; `weights` is float64 (H-10,W-10).
double sum_of_windows(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weights) {
  double sum = 0;
  for (std::int64_t row = 0; row < weights.size(0); row += kStripRows) {
    const std::int64_t end = std::min(row + kStripRows, weights.size(0));
    const std::int64_t last = end + kSsimWindowPx - 1;
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
  if (frame.fake->width_px() < kSsimWindowPx || frame.fake->height_px() < kSsimWindowPx) {
    return sample_status(SampleStatus::kSkipped);
  }
  const at::Tensor outside =
      sliding_maximum(dilated_swap_area(*frame.alpha), kSsimWindowPx, kSsimWindowPx)
          .eq(0)
          .to(at::kDouble);
  const double windows = outside.sum(1).sum().item<double>();
  if (windows < 1) {
    return sample_status(SampleStatus::kSkipped);
  }
  return sample_value(
      sum_of_windows(luma(to_tensor(*frame.fake)), luma(to_tensor(*frame.target)), outside) /
      windows);
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

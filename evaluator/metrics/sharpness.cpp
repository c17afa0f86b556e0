// Is the swapped face as sharp as the one it replaces? Variance of the Laplacian.
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"
#include "common/tensor/ssim.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"
#include "evaluator/metrics/plane.h"

namespace changeling {
namespace {

/// Sum of the luma's four neighbours minus four times itself: float64 (H-2,W-2).
at::Tensor laplacian(const Frame& frame) {
  const at::Tensor y = luma(to_tensor(frame));
  const std::int64_t height = y.size(0);
  const std::int64_t width = y.size(1);
  const at::Tensor rows = y.slice(1, 1, width - 1);
  const at::Tensor columns = y.slice(0, 1, height - 1);
  return rows.slice(0, 0, height - 2) + rows.slice(0, 2) + columns.slice(1, 0, width - 2) +
         columns.slice(1, 2) - 4 * rows.slice(0, 1, height - 1);
}

/// Variance (divisor n) of `values` where `weights` is 1, out of `count`.
double variance(const at::Tensor& values, const at::Tensor& weights, double count) {
  const double mean = plane_sum(values * weights) / count;
  const at::Tensor off = (values - mean) * weights;
  return plane_sum(off * off) / count;
}

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures_and_control(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  if (frame.fake->width_px() < 3 || frame.fake->height_px() < 3) {
    return sample_status(SampleStatus::kSkipped);
  }
  const at::Tensor weights = inner_pixels(swap_interior(*frame.alpha)).to(at::kDouble);
  const double count = plane_sum(weights);
  const double control = count < 1 ? 0 : variance(laplacian(*frame.control), weights, count);
  if (!(control > 0)) {  // no inside, or nothing sharp in it to compare with
    return sample_status(SampleStatus::kSkipped);
  }
  return sample_value(std::log2(variance(laplacian(*frame.fake), weights, count) / control));
}

}  // namespace

std::unique_ptr<Metric> make_sharp_gap() {
  MetricInfo info;
  info.name = "sharp_gap";
  info.unit = "log2";
  info.direction = MetricDirection::kToZero;
  info.definition =
      "log2 of the Laplacian's variance inside the mask, fake over real control: below 0 the fake "
      "is blurrier";
  info.sampling = "even30";
  info.params_json = R"({"laplacian":"4 neighbours of 0.299 R + 0.587 G + 0.114 B","mask":")" +
                     std::string(kInsideText) + R"(","sampling":"even30"})";
  return make_frame_metric(std::move(info), score);
}

}  // namespace changeling

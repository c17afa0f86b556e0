// Does the border of the swapped face show? Gradients around the seam.
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

/// Magnitude of the luma's gradient by central differences, for every pixel with four neighbours:
/// float64 (H-2,W-2).
at::Tensor gradient_magnitude(const Frame& frame) {
  const at::Tensor y = luma(to_tensor(frame));
  const at::Tensor inner_rows = y.slice(0, 1, y.size(0) - 1);
  const at::Tensor inner_columns = y.slice(1, 1, y.size(1) - 1);
  const at::Tensor dx = (inner_rows.slice(1, 2) - inner_rows.slice(1, 0, y.size(1) - 2)) / 2;
  const at::Tensor dy = (inner_columns.slice(0, 2) - inner_columns.slice(0, 0, y.size(0) - 2)) / 2;
  return (dx * dx + dy * dy).sqrt();
}

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures_and_control(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  if (frame.fake->width_px() < 3 || frame.fake->height_px() < 3) {
    return sample_status(SampleStatus::kSkipped);
  }
  const at::Tensor weights = inner_pixels(seam_ring(*frame.alpha)).to(at::kDouble);
  const auto sum_over_ring = [&](const Frame& picture) {
    return plane_sum(gradient_magnitude(picture) * weights);
  };
  const double control = sum_over_ring(*frame.control);
  if (!(control > 0)) {  // no ring, or nothing in it to compare with
    return sample_status(SampleStatus::kSkipped);
  }
  return sample_value(sum_over_ring(*frame.fake) / control);
}

}  // namespace

std::unique_ptr<Metric> make_seam_ratio() {
  MetricInfo info;
  info.name = "seam_ratio";
  info.unit = "1";
  info.direction = MetricDirection::kToOne;
  info.definition =
      "mean gradient of the fake in the ring around the seam, over that of its real control";
  info.sampling = "even30";
  info.params_json =
      R"({"gradient":"central differences of 0.299 R + 0.587 G + 0.114 B, Euclidean norm","mask":")" +
      std::string(kRingText) + R"(","sampling":"even30"})";
  return make_frame_metric(std::move(info), score);
}

}  // namespace changeling

// Does the border of the swapped face show? Gradients around the seam.
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_maps.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"

namespace changeling {
namespace {

/// Sum over the marked pixels that have four neighbours: magnitude of the luma's gradient by
/// central differences.
double gradient_sum(const at::Tensor& plane, const at::Tensor& marked) {
  const auto y = plane.accessor<double, 2>();
  const auto marks = marked.accessor<std::uint8_t, 2>();
  double sum = 0;
  for (std::int64_t row = 1; row + 1 < plane.size(0); ++row) {
    double of_row = 0;
    for (std::int64_t column = 1; column + 1 < plane.size(1); ++column) {
      if (marks[row][column] != 0) {
        const double dx = (y[row][column + 1] - y[row][column - 1]) / 2;
        const double dy = (y[row + 1][column] - y[row - 1][column]) / 2;
        of_row += std::sqrt(dx * dx + dy * dy);
      }
    }
    sum += of_row;
  }
  return sum;
}

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures_and_control(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  if (frame.fake->width_px() < 3 || frame.fake->height_px() < 3) {
    return sample_status(SampleStatus::kSkipped);
  }
  const at::Tensor ring = ring_area(frame);
  const double control = gradient_sum(control_luma(frame), ring);
  if (!(control > 0)) {  // no ring, or nothing in it to compare with
    return sample_status(SampleStatus::kSkipped);
  }
  return sample_value(gradient_sum(fake_luma(frame), ring) / control);
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

// Is the swapped face as sharp as the one it replaces? Variance of the Laplacian.
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_maps.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"

namespace changeling {
namespace {

/// Of the marked pixels that have four neighbours, row by row: the luma's four neighbours minus
/// four times itself.
std::vector<double> laplacians(const at::Tensor& plane, const at::Tensor& marked) {
  const auto y = plane.accessor<double, 2>();
  const auto marks = marked.accessor<std::uint8_t, 2>();
  std::vector<double> values;
  for (std::int64_t row = 1; row + 1 < plane.size(0); ++row) {
    for (std::int64_t column = 1; column + 1 < plane.size(1); ++column) {
      if (marks[row][column] != 0) {
        values.push_back(y[row - 1][column] + y[row + 1][column] + y[row][column - 1] +
                         y[row][column + 1] - 4 * y[row][column]);
      }
    }
  }
  return values;
}

/// Divisor n; 0 for no value.
double variance(const std::vector<double>& values) {
  if (values.empty()) {
    return 0;
  }
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
  }
  return squares / count;
}

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures_and_control(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  if (frame.fake->width_px() < 3 || frame.fake->height_px() < 3) {
    return sample_status(SampleStatus::kSkipped);
  }
  const at::Tensor inside = inside_area(frame);
  const double control = variance(laplacians(control_luma(frame), inside));
  if (!(control > 0)) {  // no inside, or nothing sharp in it to compare with
    return sample_status(SampleStatus::kSkipped);
  }
  return sample_value(std::log2(variance(laplacians(fake_luma(frame), inside)) / control));
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

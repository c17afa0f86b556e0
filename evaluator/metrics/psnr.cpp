// Peak signal-to-noise ratio outside the swapped area.
#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"

namespace changeling {
namespace {

constexpr double kIdenticalDb =
    100;  // also the ceiling, so that no difference scores above identity

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  const at::Tensor outside = dilated_swap_area(*frame.alpha).eq(0).to(at::kFloat);
  const double pixels = outside.sum(at::kDouble).item<double>();
  if (pixels < 1) {
    return sample_status(SampleStatus::kSkipped);
  }
  // Whole numbers below 2^24 per pixel and below 2^53 in all: exact in any order.
  const at::Tensor difference =
      to_tensor(*frame.fake).to(at::kFloat) - to_tensor(*frame.target).to(at::kFloat);
  const double squares =
      ((difference * difference).sum(2) * outside).sum(at::kDouble).item<double>();
  if (squares == 0) {
    return sample_value(kIdenticalDb);
  }
  const double mean_square = squares / (3 * pixels);
  return sample_value(std::min(kIdenticalDb, 10 * std::log10(255.0 * 255.0 / mean_square)));
}

}  // namespace

std::unique_ptr<Metric> make_psnr_bg() {
  MetricInfo info;
  info.name = "psnr_bg";
  info.unit = "dB";
  info.direction = MetricDirection::kUp;
  info.definition =
      "PSNR of fake and target over the pixels outside the dilated alpha mask, at most 100";
  info.sampling = "even30";
  info.params_json =
      R"({"ceiling_db":100,"channels":"RGB","mask":"alpha > 0 dilated 8 px, square","sampling":"even30"})";
  return make_frame_metric(info, score);
}

}  // namespace changeling

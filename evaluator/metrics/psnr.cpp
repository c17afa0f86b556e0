// Peak signal-to-noise ratio of fake and target: outside the swapped area, around the seam.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"

namespace changeling {
namespace {

constexpr double kIdenticalDb =
    100;  // also the ceiling, so that no difference scores above identity

/// Over the pixels where `area` (H,W) is not 0; nullopt without any.
std::optional<double> psnr_db(const Frame& a, const Frame& b, const at::Tensor& area) {
  const at::Tensor weights = area.to(at::kFloat);
  const double pixels = weights.sum(at::kDouble).item<double>();
  if (pixels < 1) {
    return std::nullopt;
  }
  // Whole numbers below 2^24 per pixel and below 2^53 in all: exact in any order.
  const at::Tensor difference = to_tensor(a).to(at::kFloat) - to_tensor(b).to(at::kFloat);
  const double squares =
      ((difference * difference).sum(2) * weights).sum(at::kDouble).item<double>();
  if (squares == 0) {
    return kIdenticalDb;
  }
  const double mean_square = squares / (3 * pixels);
  return std::min(kIdenticalDb, 10 * std::log10(255.0 * 255.0 / mean_square));
}

at::Tensor outside(const Frame& alpha) {
  return dilated_swap_area(alpha).eq(0);
}

Sample score_background(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures(frame);
  return status != SampleStatus::kOk
             ? sample_status(status)
             : sample_of(psnr_db(*frame.fake, *frame.target, outside(*frame.alpha)));
}

Sample score_ring(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures(frame);
  return status != SampleStatus::kOk
             ? sample_status(status)
             : sample_of(psnr_db(*frame.fake, *frame.target, seam_ring(*frame.alpha)));
}

Sample score_excess(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures_and_control(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  const at::Tensor area = outside(*frame.alpha);
  const std::optional<double> fake = psnr_db(*frame.fake, *frame.target, area);
  const std::optional<double> control = psnr_db(*frame.control, *frame.target, area);
  return sample_of(fake && control ? std::optional<double>(*fake - *control) : std::nullopt);
}

MetricInfo psnr_info(const std::string& name, const std::string& mask, std::string definition) {
  MetricInfo info;
  info.name = name;
  info.unit = "dB";
  info.direction = MetricDirection::kUp;
  info.definition = std::move(definition);
  info.sampling = "even30";
  info.params_json =
      R"({"ceiling_db":100,"channels":"RGB","mask":")" + mask + R"(","sampling":"even30"})";
  return info;
}

}  // namespace

std::unique_ptr<Metric> make_psnr_bg() {
  return make_frame_metric(
      psnr_info(
          "psnr_bg", kOutsideText,
          "PSNR of fake and target over the pixels outside the dilated alpha mask, at most 100"),
      score_background);
}

std::unique_ptr<Metric> make_psnr_ring() {
  return make_frame_metric(
      psnr_info("psnr_ring", kRingText,
                "PSNR of fake and target over the ring around the seam, at most 100"),
      score_ring);
}

std::unique_ptr<Metric> make_psnr_bg_excess() {
  MetricInfo info =
      psnr_info("psnr_bg_excess", kOutsideText,
                "psnr_bg of the fake minus psnr_bg of its real control: what the swap, "
                "not the codec, did outside the face");
  info.direction = MetricDirection::kToZero;
  return make_frame_metric(std::move(info), score_excess);
}

}  // namespace changeling

// Peak signal-to-noise ratio of fake and target: outside the swapped area, around the seam.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_maps.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"
#include "evaluator/metrics/plane.h"

namespace changeling {
namespace {

constexpr double kIdenticalDb =
    100;  // also the ceiling, so that no difference scores above identity

/// Sum of squared differences of all channels over the marked pixels. Whole numbers: exact.
std::int64_t squared_difference(const Frame& a, const Frame& b, const at::Tensor& area) {
  const std::uint8_t* left = a.data();
  const std::uint8_t* right = b.data();
  const auto* marks = area.data_ptr<std::uint8_t>();
  std::int64_t sum = 0;
  for (std::int64_t pixel = 0; pixel < area.numel(); ++pixel) {
    std::int32_t squares = 0;
    for (std::int64_t i = 3 * pixel; i < 3 * pixel + 3; ++i) {
      const std::int32_t difference = left[i] - right[i];
      squares += difference * difference;
    }
    sum += marks[pixel] != 0 ? squares : 0;
  }
  return sum;
}

/// Over the pixels where `area`, uint8 (H,W), is 1; nullopt without any.
std::optional<double> psnr_db(const Frame& a, const Frame& b, const at::Tensor& area) {
  const std::int64_t pixels = count_marked(area);
  if (pixels < 1) {
    return std::nullopt;
  }
  const std::int64_t squares = squared_difference(a, b, area);
  if (squares == 0) {
    return kIdenticalDb;
  }
  const double mean_square = static_cast<double>(squares) / static_cast<double>(3 * pixels);
  return std::min(kIdenticalDb, 10 * std::log10(255.0 * 255.0 / mean_square));
}

at::Tensor outside(const FrameSample& frame) {
  return 1 - touched_area(frame);
}

Sample score_background(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures(frame);
  return status != SampleStatus::kOk
             ? sample_status(status)
             : sample_of(psnr_db(*frame.fake, *frame.target, outside(frame)));
}

Sample score_ring(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures(frame);
  return status != SampleStatus::kOk
             ? sample_status(status)
             : sample_of(psnr_db(*frame.fake, *frame.target, ring_area(frame)));
}

Sample score_excess(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures_and_control(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  const at::Tensor area = outside(frame);
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

// Structural similarity of fake and target: whole frames, outside the swapped area, around the
// seam.
#include "common/tensor/ssim.h"

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

/// SSIM of every window, float64 (H-10,W-10).
at::Tensor fake_map(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::ssim_fake,
                    [&] { return ssim_map(fake_luma(frame), target_luma(frame)); });
}

at::Tensor control_map(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::ssim_control,
                    [&] { return ssim_map(control_luma(frame), target_luma(frame)); });
}

/// 1 for each window that counts: uint8 (H-10,W-10).
using WindowChoice = at::Tensor (*)(const FrameSample& frame);

at::Tensor all_windows(const FrameSample& frame) {
  const Frame& picture = *frame.fake;
  return at::ones({picture.height_px() - kSsimWindowPx + 1, picture.width_px() - kSsimWindowPx + 1},
                  at::kByte);
}

at::Tensor windows_outside(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::windows_outside, [&] {
    return 1 - sliding_maximum(touched_area(frame), kSsimWindowPx, kSsimWindowPx);
  });
}

at::Tensor windows_centred_on_ring(const FrameSample& frame) {
  constexpr int kHalf = kSsimWindowPx / 2;
  const at::Tensor ring = ring_area(frame);
  return ring.slice(0, kHalf, ring.size(0) - kHalf).slice(1, kHalf, ring.size(1) - kHalf);
}

bool holds_a_window(const Frame& frame) {
  return frame.width_px() >= kSsimWindowPx && frame.height_px() >= kSsimWindowPx;
}

/// Mean of a map over the windows with mark 1; nullopt without any.
std::optional<double> mean_over(const at::Tensor& map, const at::Tensor& windows) {
  const std::int64_t count = count_marked(windows);
  if (count < 1) {
    return std::nullopt;
  }
  return masked_sum(map, windows) / static_cast<double>(count);
}

FrameScorer ssim_over(WindowChoice choose) {
  return [choose](const ClipContext& /*clip*/, const FrameSample& frame) {
    const SampleStatus status = check_pictures(frame);
    if (status != SampleStatus::kOk) {
      return sample_status(status);
    }
    if (!holds_a_window(*frame.fake)) {
      return sample_status(SampleStatus::kSkipped);
    }
    return sample_of(mean_over(fake_map(frame), choose(frame)));
  };
}

Sample score_excess(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures_and_control(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  if (!holds_a_window(*frame.fake)) {
    return sample_status(SampleStatus::kSkipped);
  }
  const at::Tensor windows = windows_outside(frame);
  const std::optional<double> fake = mean_over(fake_map(frame), windows);
  const std::optional<double> control = mean_over(control_map(frame), windows);
  return sample_of(fake && control ? std::optional<double>(*fake - *control) : std::nullopt);
}

MetricInfo ssim_info(const std::string& name, const std::string& mask, std::string definition) {
  MetricInfo info;
  info.name = name;
  info.unit = "1";
  info.direction = MetricDirection::kUp;
  info.definition = std::move(definition);
  info.sampling = "even30";
  info.params_json =
      R"({"k1":0.01,"k2":0.03,"luma":"0.299 R + 0.587 G + 0.114 B","mask":")" + mask +
      R"(","range":255,"sampling":"even30","window":"11x11 Gaussian, sigma 1.5, valid"})";
  return info;
}

}  // namespace

std::unique_ptr<Metric> make_ssim_full() {
  MetricInfo info =
      ssim_info("ssim_full", "none", "luma SSIM of fake and target over the whole frame");
  info.inputs = kTargetInput;
  return make_frame_metric(std::move(info), ssim_over(all_windows));
}

std::unique_ptr<Metric> make_ssim_bg() {
  return make_frame_metric(
      ssim_info("ssim_bg", kOutsideText,
                "luma SSIM of fake and target over windows wholly outside the dilated alpha mask"),
      ssim_over(windows_outside));
}

std::unique_ptr<Metric> make_ssim_ring() {
  return make_frame_metric(
      ssim_info("ssim_ring", std::string("windows centred where ") + kRingText,
                "luma SSIM of fake and target over windows centred on the ring around the seam"),
      ssim_over(windows_centred_on_ring));
}

std::unique_ptr<Metric> make_ssim_bg_excess() {
  MetricInfo info = ssim_info(
      "ssim_bg_excess", kOutsideText,
      "ssim_bg of the fake minus ssim_bg of its real control: what the swap, not the codec, "
      "did outside the face");
  info.direction = MetricDirection::kToZero;
  return make_frame_metric(std::move(info), score_excess);
}

}  // namespace changeling

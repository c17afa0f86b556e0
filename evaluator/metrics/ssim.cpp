// Structural similarity of fake and target: whole frames, outside the swapped area, around the
// seam.
#include "common/tensor/ssim.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"
#include "evaluator/metrics/plane.h"

namespace changeling {
namespace {

constexpr std::int64_t kStripRows = 32;  // rows of windows at a time: the planes stay in the cache

/// SSIM of every window, float64 (H-10,W-10).
at::Tensor map_of(const Frame& a, const Frame& b) {
  const at::Tensor luma_a = luma(to_tensor(a));
  const at::Tensor luma_b = luma(to_tensor(b));
  const std::int64_t rows = luma_a.size(0) - kSsimWindowPx + 1;
  std::vector<at::Tensor> strips;
  for (std::int64_t row = 0; row < rows; row += kStripRows) {
    const std::int64_t last = std::min(row + kStripRows, rows) + kSsimWindowPx - 1;
    strips.push_back(ssim_map(luma_a.slice(0, row, last), luma_b.slice(0, row, last)));
  }
  return at::cat(strips);
}

at::Tensor fake_map(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::ssim_fake,
                    [&] { return map_of(*frame.fake, *frame.target); });
}

at::Tensor control_map(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::ssim_control,
                    [&] { return map_of(*frame.control, *frame.target); });
}

/// 1 for each window that counts: (H-10,W-10).
using WindowChoice = at::Tensor (*)(const Frame& alpha);

at::Tensor all_windows(const Frame& alpha) {
  return at::ones({alpha.height_px() - kSsimWindowPx + 1, alpha.width_px() - kSsimWindowPx + 1});
}

at::Tensor windows_outside(const Frame& alpha) {
  return sliding_maximum(dilated_swap_area(alpha), kSsimWindowPx, kSsimWindowPx).eq(0);
}

at::Tensor windows_centred_on_ring(const Frame& alpha) {
  constexpr int kHalf = kSsimWindowPx / 2;
  const at::Tensor ring = seam_ring(alpha);
  return ring.slice(0, kHalf, ring.size(0) - kHalf).slice(1, kHalf, ring.size(1) - kHalf);
}

bool holds_a_window(const Frame& frame) {
  return frame.width_px() >= kSsimWindowPx && frame.height_px() >= kSsimWindowPx;
}

/// Mean of a map over the windows with weight 1; nullopt without any.
std::optional<double> mean_over(const at::Tensor& map, const at::Tensor& windows) {
  const at::Tensor weights = windows.to(at::kDouble);
  const double count = plane_sum(weights);
  if (count < 1) {
    return std::nullopt;
  }
  double sum = 0;
  for (std::int64_t row = 0; row < map.size(0); row += kStripRows) {
    const std::int64_t end = std::min(row + kStripRows, map.size(0));
    sum += plane_sum(map.slice(0, row, end) * weights.slice(0, row, end));
  }
  return sum / count;
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
    return sample_of(mean_over(fake_map(frame), choose(*frame.alpha)));
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
  const at::Tensor windows = windows_outside(*frame.alpha);
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

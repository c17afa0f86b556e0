// Has the swapped face the colour of the one it replaces? Distance of mean colours in CIELAB.
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_maps.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"
#include "evaluator/metrics/plane.h"

namespace changeling {
namespace {

using Lab = std::array<double, 3>;

/// IEC 61966-2-1: stored values 0..255 to light in 0..1.
at::Tensor linear_light(const at::Tensor& rgb) {
  const at::Tensor value = at::arange(256, at::kDouble) / 255;
  const at::Tensor light =
      at::where(value.le(0.04045), value / 12.92, ((value + 0.055) / 1.055).pow(2.4));
  return light.index_select(0, rgb.reshape(-1).to(at::kInt)).reshape(rgb.sizes());
}

/// CIE 15: the companding of L*, a*, b*.
at::Tensor compressed(const at::Tensor& ratio) {
  constexpr double kDelta = 6.0 / 29;
  return at::where(ratio.gt(kDelta * kDelta * kDelta), ratio.clamp_min(0).pow(1.0 / 3),
                   ratio / (3 * kDelta * kDelta) + 4.0 / 29);
}

/// Mean L*, a*, b* (D65) of a picture over the pixels `inside`, int64 places in (H W). Summed as a
/// whole plane with zeros elsewhere, row by row, so that the sum does not depend on threads.
Lab mean_lab(const Frame& frame, const at::Tensor& inside) {
  const at::Tensor light = linear_light(to_tensor(frame).reshape({-1, 3}).index_select(0, inside));
  const at::Tensor r = light.select(1, 0);
  const at::Tensor g = light.select(1, 1);
  const at::Tensor b = light.select(1, 2);
  const at::Tensor x = compressed((r * 0.412453 + g * 0.357580 + b * 0.180423) / 0.950456);
  const at::Tensor y = compressed(r * 0.212671 + g * 0.715160 + b * 0.072169);
  const at::Tensor z = compressed((r * 0.019334 + g * 0.119193 + b * 0.950227) / 1.088754);
  const auto mean = [&](const at::Tensor& values) {
    const at::Tensor plane = at::zeros({frame.height_px(), frame.width_px()}, at::kDouble);
    plane.view(-1).index_copy_(0, inside, values);
    return plane_sum(plane) / static_cast<double>(inside.size(0));
  };
  return {mean(116 * y - 16), mean(500 * (x - y)), mean(200 * (y - z))};
}

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check_pictures_and_control(frame);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  const at::Tensor inside = inside_area(frame).reshape(-1).nonzero().reshape(-1);
  if (inside.size(0) == 0) {
    return sample_status(SampleStatus::kSkipped);
  }
  const Lab fake = mean_lab(*frame.fake, inside);
  const Lab control = mean_lab(*frame.control, inside);
  return sample_value(std::hypot(fake[0] - control[0], fake[1] - control[1], fake[2] - control[2]));
}

}  // namespace

std::unique_ptr<Metric> make_color_gap() {
  MetricInfo info;
  info.name = "color_gap";
  info.unit = "dE";
  info.direction = MetricDirection::kDown;
  info.definition =
      "CIE 1976 difference of the mean colours inside the mask, fake and real control";
  info.sampling = "even30";
  info.params_json =
      R"({"color":"mean CIELAB, sRGB primaries, D65","difference":"CIE 1976, Euclidean",)"
      R"("mask":")" +
      std::string(kInsideText) + R"(","sampling":"even30"})";
  return make_frame_metric(std::move(info), score);
}

}  // namespace changeling

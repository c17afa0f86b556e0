#include "generator/methods/self_blend/blend_draw.h"

#include "common/base/rng.h"

namespace changeling {
namespace {

double between(CounterRng& rng, double low, double high) {
  return low + (high - low) * rng.uniform();
}

int odd_kernel(CounterRng& rng) {
  return 5 + 2 * static_cast<int>(rng.below(11));
}

ColorShift draw_color(CounterRng& rng) {
  constexpr double kRgbShare = 0.3;
  ColorShift color;
  if (rng.uniform() < kRgbShare) {
    for (double& channel : color.rgb) {
      channel = between(rng, -20.0 / 255, 20.0 / 255);
    }
  }
  color.hue_deg = between(rng, -5, 5);
  color.saturation = between(rng, -0.1, 0.1);
  color.brightness = between(rng, -0.1, 0.1);
  color.contrast = between(rng, 0.9, 1.1);
  return color;
}

}  // namespace

BlendDraw draw_blend(std::uint64_t key) {
  constexpr std::array<HullKind, 4> kHulls = {HullKind::kFace, HullKind::kFace, HullKind::kJaw,
                                              HullKind::kFeatures};
  constexpr std::array<double, 6> kRatios = {0.25, 0.5, 0.75, 1, 1, 1};
  CounterRng rng(key);
  BlendDraw draw;
  draw.color = draw_color(rng);
  if (rng.uniform() < 0.5) {
    draw.downscale = rng.below(2) == 0 ? 2 : 4;
  } else {
    draw.sharpness = between(rng, 0.2, 0.5);
  }
  draw.shift_x = between(rng, -0.03, 0.03);
  draw.shift_y = between(rng, -0.015, 0.015);
  draw.scale = between(rng, 0.95, 1 / 0.95);
  draw.hull = kHulls[rng.below(kHulls.size())];
  draw.field_key = rng.next();
  draw.first_kernel_px = odd_kernel(rng);
  draw.second_kernel_px = odd_kernel(rng);
  draw.second_sigma_px = between(rng, 5, 45);
  draw.ratio = kRatios[rng.below(kRatios.size())];
  return draw;
}

}  // namespace changeling

// generator/methods/self_blend/blend_draw.h: what is drawn once for a track. Layer 5.
// Shiohara & Yamasaki, "Detecting Deepfakes with Self-Blended Images", CVPR 2022 (arXiv
// 2204.08376), section 3; ranges as in their published training code unless a member says
// otherwise.
#pragma once

#include <array>
#include <cstdint>

namespace changeling {

/// Which points span the convex hull that becomes the mask.
enum class HullKind {
  kFace,      ///< jaw and forehead
  kJaw,       ///< the 68 landmarks: jaw and brows
  kFeatures,  ///< brows, eyes, nose and mouth
};

/// Changes of the source's pixels; colours in 0..1.
struct ColorShift {
  std::array<double, 3> rgb{};  ///< added; each within 20/255 in three of ten draws, else 0
  double hue_deg = 0;           ///< within 5 (the code's limit, 0.3, rounds to no change)
  double saturation = 0;        ///< added, within 0.1 (likewise)
  double brightness = 0;        ///< added, within 0.1
  double contrast = 1;          ///< factor, 0.9..1.1
};

/// One blend. Lengths in px of the upright crop of kBlendCropPx unless a member says otherwise.
struct BlendDraw {
  ColorShift color;
  int downscale = 0;     ///< 2 or 4 times down and back, frame px; 0 = sharpen instead
  double sharpness = 0;  ///< 0.2..0.5: weight of the 3x3 Laplacian kernel
  double shift_x = 0;    ///< of the source face, share of the crop, within 0.03
  double shift_y = 0;    ///< within 0.015
  double scale = 1;      ///< 0.95..1/0.95
  HullKind hull = HullKind::kFace;
  std::uint64_t field_key = 0;  ///< of the elastic displacement of the mask
  int first_kernel_px = 5;      ///< 5..25, odd: blur before the mask is eroded
  int second_kernel_px = 5;     ///< 5..25, odd: blur of what is left
  double second_sigma_px = 5;   ///< 5..45
  double ratio = 1;             ///< largest weight of the source: .25 .5 .75 1 1 1
};

inline constexpr int kBlendCropPx = 256;

/// Equal keys give equal draws.
[[nodiscard]] BlendDraw draw_blend(std::uint64_t key);

}  // namespace changeling

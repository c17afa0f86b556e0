// common/nets/landmark_context.h: landmarks as the maps that G_r sees. Layer 2, Torch only.
// Landmarks are normalised to the crop: pixel i of R has its centre at (i + 0.5) / R.
#pragma once

#include <ATen/core/Tensor.h>

#include "common/nets/net_weights.h"
#include "common/tensor/pyramid.h"

namespace changeling {

/// Support radius of a map, in crop widths: beyond it the map is 0.
inline constexpr double kLandmarkMapRadius = 0.038903;

/// Discs (FSGAN v2): landmarks float32 (N,L,2) -> float32 (N,L,R,R),
/// m = max(0, ((1 - d/sqrt 2)^8 - 0.8) / 0.2), d = distance of pixel centre and landmark.
[[nodiscard]] at::Tensor landmark_maps(const at::Tensor& landmarks, int resolution_px);

/// The same, every pixel computed: what landmark_maps does on devices, where drawing the few pixels
/// that are not 0 would have to wait for the landmarks.
[[nodiscard]] at::Tensor whole_landmark_maps(const at::Tensor& landmarks, int resolution_px);

/// The maps that a network of this kind was trained on: landmark_maps_v1 for msresunet_v1.
[[nodiscard]] at::Tensor landmark_maps_of(NetKind kind, const at::Tensor& landmarks,
                                          int resolution_px);

/// The input of a G_r of this kind: each level of `images` (N,C,R,R) followed by the maps of
/// `landmarks` (N,L,2), drawn at that level's own resolution. Maps are never pooled: the reference
/// draws them so too.
[[nodiscard]] Pyramid with_landmark_maps(NetKind kind, const Pyramid& images,
                                         const at::Tensor& landmarks);

/// The inverse for detector heat maps (N,L,H,W) -> (N,L,2): per map min-max normalised, below 0.5
/// cleared, expectation over pixel centres. A flat map gives NaN: an invalid landmark.
[[nodiscard]] at::Tensor landmarks_from_maps(const at::Tensor& maps);

/// Gaussian patches, which the v1 networks were trained on: amplitude 1, window 6 s + 1,
/// s = max(1, round(R / 128)), standard deviation a quarter of the window.
[[nodiscard]] at::Tensor landmark_maps_v1(const at::Tensor& landmarks, int resolution_px);

}  // namespace changeling

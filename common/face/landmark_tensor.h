// common/face/landmark_tensor.h: landmarks of many faces to and from tensors. Layer 3.
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "common/face/face_types.h"

namespace changeling {

/// (N,L,2) of any device and type -> N faces of L points, x and y times `scale`: the side of the
/// crop in px where the tensor is normalised to it. Throws Error(kInternal) for other shapes.
[[nodiscard]] std::vector<Landmarks> to_landmarks(const at::Tensor& landmarks, float scale = 1);

/// float32 (N,L,2) on the CPU; all faces have L points.
[[nodiscard]] at::Tensor to_tensor(const std::vector<Landmarks>& landmarks);

}  // namespace changeling

// common/tensor/frame_tensor.h: THE layout contract between pixels and tensors. Layer 1, Torch
// only.
//
//   stored frames     uint8 (H,W,3) RGB or (H,W) grey, contiguous, CPU
//   network tensors   float32 (N,3,H,W), range as the network documents it
//   masks             float32 (N,1,H,W) in [0,1]
//   landmarks         pixels of the full frame, pixel centres at +0.5
//   yaw               positive = toward the subject's left (geometry.h)
#pragma once

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"

namespace changeling {

/// uint8 (H,W,3) or (H,W) that shares the frame's storage; the tensor must not be written.
[[nodiscard]] at::Tensor to_tensor(const Frame& frame);

/// What networks paint as stored: float (..,3,H,W) in [-1,1], clamped, half to even -> uint8
/// (..,H,W,3).
[[nodiscard]] at::Tensor to_pixels(const at::Tensor& images);

/// Copies uint8 (H,W,3) or (H,W) into a Frame. Throws Error(kInternal) on any other shape or type.
[[nodiscard]] Frame to_frame(const at::Tensor& pixels);

}  // namespace changeling

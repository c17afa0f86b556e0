// common/face/face_crops.h: where the networks look: squares around boxes and landmarks, and the
// five-point alignments. Layer 3.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"
#include "common/base/geometry.h"
#include "common/face/face_types.h"

namespace changeling {

/// Square for landmarks of a detection: side = box height, centre moved down by 0.10 heights.
[[nodiscard]] CropTransform detection_square(const BBox& detection, int size_px);

/// Square centred on the landmarks' box, side = `scale` x its longer side. Throws Error(kInternal)
/// when all points coincide.
[[nodiscard]] CropTransform landmark_square(const Landmarks& landmarks, float scale, int size_px);

/// Five-point alignment of id512 (112 px) and of id128_dlib (150 px).
[[nodiscard]] CropTransform identity_alignment_112(const Landmarks& landmarks);
[[nodiscard]] CropTransform identity_alignment_150(const Landmarks& landmarks);

/// A crop to take from a frame.
struct FrameCrop {
  const Frame* frame;
  CropTransform transform;
};

/// Takes the crops, applies `run` to them as float (n,3,size,size) RGB 0..255
/// in batches of a bounded size, and joins the results along the first dimension. No crops give an
/// undefined tensor. Without gradients.
[[nodiscard]] at::Tensor run_on_crops(const std::vector<FrameCrop>& crops, int size_px,
                                      const std::function<at::Tensor(const at::Tensor&)>& run);

/// One landmark_square per face, on frames[frame_of_face[i]].
[[nodiscard]] std::vector<FrameCrop> landmark_crops(const std::vector<Frame>& frames,
                                                    const std::vector<std::size_t>& frame_of_face,
                                                    const std::vector<Landmarks>& landmarks,
                                                    float scale, int size_px);

/// `frames[index]`. Throws Error(kInternal) when there is no such frame or it is not kRgb24.
[[nodiscard]] const Frame& frame_at(const std::vector<Frame>& frames, std::size_t index);

}  // namespace changeling

// generator/methods/fsgan/stage_types.h: what the stages of the FSGAN pipeline hand to each other.
// Layer 5, Torch only. Read this first.
//
//   Aligner -> AlignedBatch -> Reenactor -> ReenactedBatch -> Inpainter -> CompletedBatch
//           -> Blender -> BlendedBatch -> paste_face -> composite (compositor.h)
//
// swap_pipeline.cpp is the order of the stages; a rung of the ablation ladder is a BlendedBatch
// that leaves it earlier.
//
// N frames of any clips, crops of side S, K source views a frame at most. Images are float32 RGB in
// [-1,1], removed pixels -1; masks are float32 (N,1,S,S) in [0,1]. No stage writes into its input,
// and no frame's result depends on the others of its batch.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace changeling {

/// Target crops with everything the networks need to paint the source's face on them.
struct AlignedBatch {
  at::Tensor target;     ///< (N,3,S,S)
  at::Tensor landmarks;  ///< (N,L,2) of the target, in [0,1] of the crop
  at::Tensor face_mask;  ///< (N,1,S,S) 1 = target face
  /// (M,3,S,S): every source view with weight > 0 of every frame, rotated to the target's roll.
  at::Tensor views;
  at::Tensor view_landmarks;  ///< (M,L,3) of those views, z in crop widths (0 when not needed)
  at::Tensor view_weights;    ///< (M) > 0; they sum to 1 over a frame's views
  std::vector<std::int64_t> frame_of_view;  ///< M rows into `target`, ascending
};

/// The source's face in the target's pose.
struct ReenactedBatch {
  at::Tensor painted;    ///< (N,3,S,S)
  at::Tensor face_mask;  ///< (N,1,S,S) 1 = face in `painted`

  /// I_r: `painted` without its background, -1 where face_mask is 0.
  [[nodiscard]] at::Tensor image() const;
};

/// I_r with the parts of the target's face filled that it does not cover.
struct CompletedBatch {
  at::Tensor image;      ///< (N,3,S,S)
  at::Tensor hard_mask;  ///< (N,1,S,S) 0 or 1: target face, eroded
  at::Tensor soft_mask;  ///< (N,1,S,S) the same with a soft rim
  at::Tensor transfer;   ///< (N,3,S,S) completion inside hard_mask, target outside
};

/// A face ready to paste.
struct BlendedBatch {
  at::Tensor image;      ///< (N,3,S,S)
  at::Tensor soft_mask;  ///< (N,1,S,S) its alpha in the crop
};

}  // namespace changeling

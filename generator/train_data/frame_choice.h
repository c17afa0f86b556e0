// generator/train_data/frame_choice.h: which frames of a long sequence are worth training on.
// Layer 6, no Torch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/face/face_types.h"
#include "generator/train_data/found_face.h"

namespace changeling {

struct FrameChoice {
  std::size_t max_frames = 100;  ///< of one sequence
  std::int64_t min_spacing = 4;  ///< frames between two chosen ones, where more than max_frames
};

/// Indices into `faces`, ascending. All of them when they are no more than max_frames. Else those
/// that differ most: the first is the sharpest face, each next the one whose landmarks (centred,
/// divided by the longer side of their box) lie farthest from all chosen ones, no two closer than
/// min_spacing in frame_index; ties go to the earlier frame. FSGAN v1 looks for the same by drawing
/// 20,000 random subsets.
[[nodiscard]] std::vector<std::size_t> choose_frames(const std::vector<FoundFace>& faces,
                                                     const FrameChoice& choice);

}  // namespace changeling

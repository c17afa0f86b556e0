// generator/job/partial_plan.h: which seconds of a clip are swapped where fakes are partial on
// purpose. Layer 7.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/rng.h"
#include "common/media/video_reader.h"
#include "generator/methods/swap_method.h"

namespace changeling {

struct PartialSettings {
  double share = 0;    ///< of the clips that are swapped in parts only, 0..1
  double seconds = 1;  ///< length of a part
  int segments = 1;    ///< parts in a clip
};

/// The parts of a clip to swap, ascending; empty = all of it. `face_frames` ascend and hold the
/// frames in which the face is known; each part begins or ends where one is. Parts take half of the
/// time from the first to the last face frame at most, and are shortened for that. `draws` are the
/// pair's (common/clips/partial_draw.h): equal ones give equal parts.
[[nodiscard]] std::vector<FrameRange> partial_segments(const PartialSettings& settings,
                                                       const std::vector<std::int64_t>& face_frames,
                                                       const Rational& frame_rate,
                                                       CounterRng draws);

/// True where parts are empty or hold the frame.
[[nodiscard]] bool is_in_parts(const std::vector<FrameRange>& parts, std::int64_t frame_index);

}  // namespace changeling

// generator/methods/track_check.h: what every method wants of the face on one side of a pair. Layer
// 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/outcome.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// no_face, face_small (median short side below min_face_px) or track_short (fewer observations
/// than min_frames) with the sentence that tells; nullopt when the face will do. `role` is "source"
/// or "target".
[[nodiscard]] std::optional<Rejected> check_track(const AnalyzedClip& clip, std::string_view role,
                                                  double min_face_px, std::int64_t min_frames);

}  // namespace changeling

#include "generator/job/partial_plan.h"

#include <algorithm>
#include <cmath>

#include "common/clips/partial_draw.h"

namespace changeling {

std::vector<FrameRange> partial_segments(const PartialSettings& settings,
                                         const std::vector<std::int64_t>& face_frames,
                                         const Rational& frame_rate, CounterRng draws) {
  if (face_frames.empty()) {
    return {};
  }
  const std::int64_t first = face_frames.front();
  const std::int64_t range = face_frames.back() - first + 1;
  const std::int64_t segments = settings.segments;
  if (!draws_parts(settings.share, segments, range, draws)) {
    return {};
  }
  const auto wanted = static_cast<std::int64_t>(
      std::llround(settings.seconds * frame_rate.numerator / frame_rate.denominator));
  const std::int64_t length = std::clamp<std::int64_t>(wanted, 1, range / (2 * segments));
  std::vector<FrameRange> parts;
  for (std::int64_t i = 0; i < segments; ++i) {  // one in each equal share of the time
    const std::int64_t begin = first + i * range / segments;
    const std::int64_t end = first + (i + 1) * range / segments;
    const std::int64_t room = end - begin - length + 1;
    std::int64_t start =
        begin + static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(room)));
    // In a gap of the track there is nothing to swap.
    const auto next = std::lower_bound(face_frames.begin(), face_frames.end(), start);
    if (next != face_frames.end() && *next >= start + length) {
      start = std::min(*next, end - 1) - length + 1;
    }
    parts.push_back({start, start + length - 1});
  }
  return parts;
}

bool is_in_parts(const std::vector<FrameRange>& parts, std::int64_t frame_index) {
  return parts.empty() ||
         std::any_of(parts.begin(), parts.end(), [frame_index](const FrameRange& part) {
           return part.first <= frame_index && frame_index <= part.last;
         });
}

}  // namespace changeling

// common/clips/partial_draw.h: which clips a job with generate.partial.share swaps in parts only.
// Layer 4.
#pragma once

#include <cstdint>

#include "catalog/store/records.h"
#include "common/base/rng.h"

namespace changeling {

/// A person in a clip.
struct SeenPerson {
  const MediaRow& media;  ///< probed: with the digest of its bytes
  const SubjectRow& subject;
};

/// Numbers that the jobs of a pair draw about its parts: of equal seeds the same for all methods.
[[nodiscard]] CounterRng partial_draws(std::uint64_t seed, const SeenPerson& source,
                                       const SeenPerson& target);

/// Whether the clip is swapped in `segments` parts; takes one draw. `face_range` is the number of
/// frames from the first to the last in which the face is known: a clip with fewer than two for
/// each part is swapped whole.
[[nodiscard]] bool draws_parts(double share, std::int64_t segments, std::int64_t face_range,
                               CounterRng& draws);

}  // namespace changeling

#include "common/clips/partial_draw.h"

namespace changeling {

CounterRng partial_draws(std::uint64_t seed, const SeenPerson& source, const SeenPerson& target) {
  return CounterRng(
      derive_seed(seed, {"partial", source.media.sha256.value().hex(), source.subject.ext_id,
                         target.media.sha256.value().hex(), target.subject.ext_id}));
}

bool draws_parts(double share, std::int64_t segments, std::int64_t face_range, CounterRng& draws) {
  return draws.uniform() < share && face_range >= 2 * segments;
}

}  // namespace changeling

#include "generator/batch/target_queue.h"

namespace changeling {

std::optional<TargetQueue::Target> TargetQueue::first(const Need& need) const {
  std::optional<Target> best;
  int fewest_misses = 0;
  for (std::size_t bin = 0; bin <= kUnknownBin; ++bin) {
    for (const bool is_occluded : {false, true}) {
      const std::set<Target>& kind = kinds_[bin][is_occluded ? 1 : 0];
      if (kind.empty()) {
        continue;
      }
      const bool wrong_bin = need.yaw_bin && bin != kUnknownBin && bin != *need.yaw_bin;
      const int misses = (wrong_bin ? 1 : 0) + (need.is_occluded && !is_occluded ? 1 : 0);
      const Target& target = *kind.begin();
      if (!best || misses < fewest_misses || (misses == fewest_misses && target < *best)) {
        best = target;
        fewest_misses = misses;
      }
    }
  }
  return best;
}

}  // namespace changeling

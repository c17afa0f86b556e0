// reports/model/slices.h: groups of clips that a mean may hide. Layer 2, internal to reports.
// Bounds: catalog/store/slice_bins.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/model/run_data.h"

namespace changeling {

/// A slice with fewer clips or people is listed, but without numbers.
inline constexpr std::int64_t kMinSliceClips = 30;
inline constexpr std::int64_t kMinSlicePeople = 10;

/// True where a slice gets its numbers.
constexpr bool is_large_slice(std::int64_t n_clips, std::int64_t n_people) {
  return n_clips >= kMinSliceClips && n_people >= kMinSlicePeople;
}

/// One bin of one way to group clips: {"skin tone", "3-4"}.
struct SliceKey {
  std::string group;
  std::string bin;

  friend bool operator<(const SliceKey& a, const SliceKey& b) {
    return a.group != b.group ? a.group < b.group : a.bin < b.bin;
  }
};

/// Every slice that a pair belongs to. All are facts of the target: person_slices of the faces in
/// RunData::target_tracks, the codec, and the stratum of the draw. What is not known has no bin.
[[nodiscard]] std::vector<SliceKey> slices_of(const RunData& data, const PairRow& pair);

}  // namespace changeling

// reports/model/slices.h: groups of clips that a mean may hide. Layer 2, internal to reports.
// Bounds: catalog/store/slice_bins.cpp.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "reports/model/run_data.h"

namespace changeling {

/// A slice with fewer clips or people is listed, but without numbers.
inline constexpr std::int64_t kMinSliceClips = 30;
inline constexpr std::int64_t kMinSlicePeople = 10;

/// Clips of a slice and the people in their targets, counted one after another.
class SliceSize {
 public:
  void add(SubjectId target) {
    ++n_clips_;
    people_.insert(target);
  }

  [[nodiscard]] std::int64_t n_clips() const { return n_clips_; }

  [[nodiscard]] std::int64_t n_people() const { return static_cast<std::int64_t>(people_.size()); }

  /// True where the slice gets its numbers.
  [[nodiscard]] bool is_large() const {
    return n_clips_ >= kMinSliceClips && n_people() >= kMinSlicePeople;
  }

 private:
  std::int64_t n_clips_ = 0;
  std::set<SubjectId> people_;
};

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

#include "catalog/store/slice_bins.h"

#include <algorithm>
#include <cmath>

namespace changeling {

std::optional<std::string> pose_bin(const std::vector<TrackRow>& tracks) {
  std::optional<double> turn;
  for (const TrackRow& track : tracks) {
    if (track.yaw_min && track.yaw_max) {
      turn = std::max({turn.value_or(0), std::abs(*track.yaw_min), std::abs(*track.yaw_max)});
    }
  }
  if (!turn) {
    return std::nullopt;
  }
  return *turn < 15 ? "0-15 degrees" : *turn < 45 ? "15-45 degrees" : "45 degrees and more";
}

std::optional<std::string> size_bin(const std::vector<TrackRow>& tracks) {
  std::optional<double> side;
  for (const TrackRow& track : tracks) {
    if (track.side_px) {
      side = std::max(side.value_or(0), *track.side_px);
    }
  }
  if (!side) {
    return std::nullopt;
  }
  return *side < 96 ? "under 96 px" : *side < 192 ? "96-192 px" : "192 px and more";
}

std::optional<std::string> skin_tone_bin(const SubjectRow& subject) {
  if (!subject.skintone) {
    return std::nullopt;
  }
  return *subject.skintone <= 2 ? "1-2" : *subject.skintone <= 4 ? "3-4" : "5-6";
}

std::optional<std::string> age_bin(const SubjectRow& subject) {
  return subject.age_bin ? std::optional(std::to_string(*subject.age_bin)) : std::nullopt;
}

}  // namespace changeling

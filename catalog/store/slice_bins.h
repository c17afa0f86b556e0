// catalog/store/slice_bins.h: the bins into which people and faces are sorted, the same in every
// report. Layer 1. Bounds: slice_bins.cpp. nullopt = not known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/store/records.h"

namespace changeling {

/// Largest turn of the tracks, degrees.
[[nodiscard]] std::optional<std::string> pose_bin(const std::vector<TrackRow>& tracks);
/// Median side of the widest track, px.
[[nodiscard]] std::optional<std::string> size_bin(const std::vector<TrackRow>& tracks);
[[nodiscard]] std::optional<std::string> skin_tone_bin(const SubjectRow& subject);
[[nodiscard]] std::optional<std::string> age_bin(const SubjectRow& subject);

}  // namespace changeling

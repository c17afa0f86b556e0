// catalog/store/slice_bins.h: the bins into which people and faces are sorted, the same in every
// report. Layer 1. Bounds: slice_bins.cpp. nullopt = not known.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/store/records.h"

namespace changeling {

/// Groups of people by what they are, not by how a clip shows them.
inline constexpr const char* kSkinToneSlice = "skin tone";
inline constexpr const char* kGenderSlice = "gender";
inline constexpr const char* kGenderToneSlice = "gender and skin tone";
inline constexpr const char* kAgeSlice = "age";

/// Largest turn of the tracks, degrees.
[[nodiscard]] std::optional<std::string> pose_bin(const std::vector<TrackRow>& tracks);
/// Median side of the widest track, px.
[[nodiscard]] std::optional<std::string> size_bin(const std::vector<TrackRow>& tracks);
[[nodiscard]] std::optional<std::string> skin_tone_bin(const SubjectRow& subject);
[[nodiscard]] std::optional<std::string> age_bin(const SubjectRow& subject);

/// Group and bin of every way to sort a clip by the person seen in it, where it is known: pose and
/// face size by the person's `tracks` in the clip; skin tone, gender, both together and age; by
/// what the corpus says of them among the `sightings` in it, occlusion and facial hair (none, some)
/// and indoor (yes, no, both). Negative codes count as unknown.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> person_slices(
    const SubjectRow& subject, const std::vector<TrackRow>& tracks,
    const std::vector<SightingRow>& sightings);

}  // namespace changeling

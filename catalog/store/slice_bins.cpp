#include "catalog/store/slice_bins.h"

#include <algorithm>
#include <cmath>

namespace changeling {
namespace {

/// Known values of one column over the person's sightings.
std::vector<int> known_values(SubjectId person, const std::vector<SightingRow>& sightings,
                              std::optional<int> SightingRow::*column) {
  std::vector<int> values;
  for (const SightingRow& sighting : sightings) {
    const std::optional<int>& value = sighting.*column;
    if (sighting.subject_id == person && value && *value >= 0) {
      values.push_back(*value);
    }
  }
  return values;
}

/// "some" where any sighting has it.
std::optional<std::string> presence_bin(const std::vector<int>& values) {
  if (values.empty()) {
    return std::nullopt;
  }
  return *std::max_element(values.begin(), values.end()) > 0 ? "some" : "none";
}

std::optional<std::string> indoor_bin(const std::vector<int>& values) {
  if (values.empty()) {
    return std::nullopt;
  }
  const bool is_in = std::any_of(values.begin(), values.end(), [](int value) { return value > 0; });
  const bool is_out = std::count(values.begin(), values.end(), 0) > 0;
  return is_in && is_out ? "both" : is_in ? "yes" : "no";
}

}  // namespace

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

std::vector<std::pair<std::string, std::string>> person_slices(
    const SubjectRow& subject, const std::vector<TrackRow>& tracks,
    const std::vector<SightingRow>& sightings) {
  std::vector<std::pair<std::string, std::string>> slices;
  const auto add = [&slices](const char* group, const std::optional<std::string>& bin) {
    if (bin && !bin->empty()) {
      slices.emplace_back(group, *bin);
    }
  };
  const std::optional<std::string> skin_tone = skin_tone_bin(subject);
  add("pose", pose_bin(tracks));
  add("face size", size_bin(tracks));
  add(kSkinToneSlice, skin_tone);
  add(kGenderSlice, subject.gender);
  if (skin_tone && !subject.gender.value_or("").empty()) {
    add(kGenderToneSlice, *subject.gender + " " + *skin_tone);
  }
  add(kAgeSlice, age_bin(subject));
  add("occlusion", presence_bin(known_values(subject.id, sightings, &SightingRow::occ_mask)));
  add("facial hair", presence_bin(known_values(subject.id, sightings, &SightingRow::facial_hair)));
  add("indoor", indoor_bin(known_values(subject.id, sightings, &SightingRow::indoor)));
  return slices;
}

}  // namespace changeling

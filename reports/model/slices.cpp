#include "reports/model/slices.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace changeling {
namespace {

/// Tracks of the target person in the target clip; the one that the pair names, when it does.
std::vector<TrackRow> target_tracks(const RunData& data, const PairRow& pair) {
  std::vector<TrackRow> chosen;
  const auto found = data.tracks.find(pair.target_media);
  if (found == data.tracks.end()) {
    return chosen;
  }
  for (const TrackRow& track : found->second) {
    const bool fits = pair.target_track ? track.id == *pair.target_track
                                        : track.subject_id == pair.target_subject;
    if (fits) {
      chosen.push_back(track);
    }
  }
  return chosen;
}

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

}  // namespace

std::vector<SliceKey> slices_of(const RunData& data, const PairRow& pair) {
  const SubjectRow& subject = data.subjects.at(pair.target_subject);
  const MediaRow& medium = data.media.at(pair.target_media);
  const std::vector<TrackRow> tracks = target_tracks(data, pair);
  std::vector<SliceKey> slices;
  const auto add = [&](const char* group, const std::optional<std::string>& bin) {
    if (bin && !bin->empty()) {
      slices.push_back({group, *bin});
    }
  };
  add("pose", pose_bin(tracks));
  add("face size", size_bin(tracks));
  add("codec", medium.codec);
  add("skin tone", skin_tone_bin(subject));
  add("gender", subject.gender);
  add("age", age_bin(subject));
  add("stratum", pair.stratum);
  return slices;
}

}  // namespace changeling

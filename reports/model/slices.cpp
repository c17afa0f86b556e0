#include "reports/model/slices.h"

#include <optional>

#include "catalog/store/slice_bins.h"

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

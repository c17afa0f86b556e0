#include "reports/model/slices.h"

#include <optional>

#include "catalog/store/slice_bins.h"

namespace changeling {
std::vector<SliceKey> slices_of(const RunData& data, const PairRow& pair) {
  const SubjectRow& subject = data.subjects.at(pair.target_subject);
  const MediaRow& medium = data.media.at(pair.target_media);
  const std::vector<TrackRow>& tracks = data.target_tracks.at(pair.id);
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

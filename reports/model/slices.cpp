#include "reports/model/slices.h"

#include "catalog/store/slice_bins.h"

namespace changeling {
std::vector<SliceKey> slices_of(const RunData& data, const PairRow& pair) {
  std::vector<SliceKey> slices;
  for (auto& [group, bin] :
       person_slices(data.subjects.at(pair.target_subject), data.target_tracks.at(pair.id),
                     data.sightings.at(pair.target_media))) {
    slices.push_back({group, bin});
  }
  const std::optional<std::string>& codec = data.media.at(pair.target_media).codec;
  if (!codec.value_or("").empty()) {
    slices.push_back({"codec", *codec});
  }
  if (!pair.stratum.empty()) {
    slices.push_back({"stratum", pair.stratum});
  }
  return slices;
}

}  // namespace changeling

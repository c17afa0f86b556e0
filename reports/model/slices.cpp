#include "reports/model/slices.h"

#include <algorithm>
#include <iterator>

#include "catalog/store/slice_bins.h"

namespace changeling {
namespace {

std::vector<SightingRow> target_sightings(const RunData& data, const PairRow& pair) {
  std::vector<SightingRow> chosen;
  const auto found = data.sightings.find(pair.target_media);
  if (found != data.sightings.end()) {
    std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(chosen),
                 [&](const SightingRow& row) { return row.subject_id == pair.target_subject; });
  }
  return chosen;
}

}  // namespace

std::vector<SliceKey> slices_of(const RunData& data, const PairRow& pair) {
  std::vector<SliceKey> slices;
  for (auto& [group, bin] :
       person_slices(data.subjects.at(pair.target_subject), data.target_tracks.at(pair.id),
                     target_sightings(data, pair))) {
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

#include "catalog/store/sighting_roles.h"

namespace changeling {

std::optional<SubjectId> seen_person(const std::vector<SightingRow>& sightings, bool is_fake) {
  for (const SightingRow& sighting : sightings) {
    if (!is_fake || sighting.ext_sighting_id != kLenderRole) {
      return sighting.subject_id;
    }
  }
  return std::nullopt;
}

std::optional<SubjectId> lender_of(const std::vector<SightingRow>& sightings) {
  for (const SightingRow& sighting : sightings) {
    if (sighting.ext_sighting_id == kLenderRole) {
      return sighting.subject_id;
    }
  }
  return std::nullopt;
}

}  // namespace changeling

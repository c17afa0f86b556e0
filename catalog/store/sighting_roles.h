// catalog/store/sighting_roles.h: who is who in a corpus's fake. Layer 1.
#pragma once

#include <optional>
#include <vector>

#include "catalog/store/records.h"

namespace changeling {

/// SightingRow::ext_sighting_id of people in the videos of a corpus that ships fakes: who is seen,
/// and who lent a fake their face.
inline constexpr const char* kSeenRole = "target";
inline constexpr const char* kLenderRole = "source";

/// Who is seen in a corpus's clip: the first person of its sightings, of a fake the first who did
/// not lend it their face.
[[nodiscard]] std::optional<SubjectId> seen_person(const std::vector<SightingRow>& sightings,
                                                   bool is_fake);

/// Who lent a corpus's fake their face, where it says so.
[[nodiscard]] std::optional<SubjectId> lender_of(const std::vector<SightingRow>& sightings);

}  // namespace changeling

// catalog/store/sighting_roles.h: who is who in a corpus's fake. Layer 1.
#pragma once

namespace changeling {

/// SightingRow::ext_sighting_id of people in the videos of a corpus that ships fakes: who is seen,
/// and who lent a fake their face.
inline constexpr const char* kSeenRole = "target";
inline constexpr const char* kLenderRole = "source";

}  // namespace changeling

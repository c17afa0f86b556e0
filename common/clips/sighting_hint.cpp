#include "common/clips/sighting_hint.h"

#include "catalog/store/sighting_roles.h"

namespace changeling {
namespace {

void add_place(const SightingRow& sighting, TrackHint& hint) {
  if (!sighting.x || !sighting.y) {
    return;
  }
  const PointF corner{static_cast<float>(*sighting.x), static_cast<float>(*sighting.y)};
  const bool has_size = sighting.w && sighting.h;
  if (has_size && sighting.frame >= 0) {
    hint.boxes.push_back({sighting.frame, BBox{corner.x, corner.y, static_cast<float>(*sighting.w),
                                               static_cast<float>(*sighting.h)}});
  } else if (!has_size && !hint.point_on_first_frame) {
    hint.point_on_first_frame = corner;
  }
}

}  // namespace

TrackHint sighting_hint(const std::vector<SightingRow>& sightings, SubjectId subject) {
  TrackHint hint;
  for (const SightingRow& sighting : sightings) {
    if (sighting.subject_id == subject) {
      add_place(sighting, hint);
    } else if (sighting.ext_sighting_id != kLenderRole) {
      hint.others_are_seen = true;
    }
  }
  return hint;
}

TrackHint sighting_hint(const CorpusStore& corpora, MediaId media, SubjectId subject) {
  return sighting_hint(corpora.sightings(media), subject);
}

}  // namespace changeling

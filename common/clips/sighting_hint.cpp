#include "common/clips/sighting_hint.h"

namespace changeling {

TrackHint sighting_hint(const CorpusStore& corpora, MediaId media, SubjectId subject) {
  TrackHint hint;
  for (const SightingRow& sighting : corpora.sightings(media)) {
    if (sighting.subject_id != subject || !sighting.x || !sighting.y) {
      continue;
    }
    const PointF corner{static_cast<float>(*sighting.x), static_cast<float>(*sighting.y)};
    if (sighting.w && sighting.h) {
      hint.box = FrameBox{sighting.frame, BBox{corner.x, corner.y, static_cast<float>(*sighting.w),
                                               static_cast<float>(*sighting.h)}};
    } else {
      hint.point_on_first_frame = corner;
    }
    break;
  }
  return hint;
}

}  // namespace changeling

// common/clips/sighting_hint.h: what a corpus knows about where a person is in a clip. Layer 4.
#pragma once

#include <vector>

#include "catalog/store/corpus_store.h"
#include "common/face/track_choice.h"

namespace changeling {

/// What the sightings of one clip tell of one person: every box of theirs at its frame, their first
/// place without a size as a point, and whether anybody else is seen (who lent a fake their
/// face is not). A box whose frame is unknown (-1) says nothing.
[[nodiscard]] TrackHint sighting_hint(const std::vector<SightingRow>& sightings, SubjectId subject);

/// The same of a medium. Generator and evaluator choose the same track because both ask here.
[[nodiscard]] TrackHint sighting_hint(const CorpusStore& corpora, MediaId media, SubjectId subject);

}  // namespace changeling

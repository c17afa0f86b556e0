// common/clips/sighting_hint.h: what a corpus knows about where a person is in a clip. Layer 4.
#pragma once

#include "catalog/store/corpus_store.h"
#include "common/face/track_choice.h"

namespace changeling {

/// Every box of the person's sightings at its frame, and their first place without a size as a
/// point. Empty when no sighting of the person has a place; a box whose frame is unknown (-1) says
/// nothing. Generator and evaluator choose the same
/// track because both ask here.
[[nodiscard]] TrackHint sighting_hint(const CorpusStore& corpora, MediaId media, SubjectId subject);

/// What one sighting tells.
[[nodiscard]] TrackHint sighting_hint(const SightingRow& sighting);

}  // namespace changeling

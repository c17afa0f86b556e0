// common/clips/sighting_hint.h: what a corpus knows about where a person is in a clip. Layer 4.
#pragma once

#include "catalog/store/corpus_store.h"
#include "common/face/track_choice.h"

namespace changeling {

/// The person's first sighting with a place decides: a box at its frame, or a point when it has no
/// size. Empty when no sighting of the person has a place. Generator and evaluator choose the same
/// track because both ask here.
[[nodiscard]] TrackHint sighting_hint(const CorpusStore& corpora, MediaId media, SubjectId subject);

}  // namespace changeling

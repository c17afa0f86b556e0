// common/clips/track_subjects.h: who is who in an analysed clip. Layer 4.
#pragma once

#include <optional>
#include <vector>

#include "catalog/store/corpus_store.h"
#include "common/face/face_types.h"

namespace changeling {

/// The person of each track, as choose_subject_track finds them by what the corpus knows (unknown
/// bystanders too); nullopt where nobody or more than one person is found.
[[nodiscard]] std::vector<std::optional<SubjectId>> track_subjects(const CorpusStore& corpora,
                                                                   MediaId media,
                                                                   const VideoAnalysis& analysis);

}  // namespace changeling

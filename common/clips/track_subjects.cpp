#include "common/clips/track_subjects.h"

#include <set>

#include "common/clips/sighting_hint.h"
#include "common/face/track_choice.h"

namespace changeling {

std::vector<std::optional<SubjectId>> track_subjects(const CorpusStore& corpora, MediaId media,
                                                     const VideoAnalysis& analysis) {
  const std::vector<SightingRow> sightings = corpora.sightings(media);
  std::set<SubjectId> seen;
  for (const SightingRow& sighting : sightings) {
    seen.insert(sighting.subject_id);
  }
  std::vector<std::set<SubjectId>> found(analysis.tracks.size());
  for (const SubjectId subject : seen) {
    const std::optional<std::size_t> track =
        choose_subject_track(analysis, sighting_hint(sightings, subject));
    if (track) {
      found[*track].insert(subject);
    }
  }
  std::vector<std::optional<SubjectId>> subjects(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].size() == 1) {
      subjects[i] = *found[i].begin();
    }
  }
  return subjects;
}

}  // namespace changeling

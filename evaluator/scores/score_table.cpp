#include "evaluator/scores/score_table.h"

#include <algorithm>
#include <set>
#include <utility>

#include "catalog/store/corpus_store.h"
#include "catalog/store/run_store.h"
#include "catalog/store/sighting_roles.h"
#include "catalog/store/slice_bins.h"
#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::size_t kKeyDigits = 16;

/// The face that the clip's job swapped, else all of the person's.
std::vector<TrackRow> tracks_of(const CorpusStore& corpora, const ClipRow& clip, SubjectId person) {
  if (clip.artifact.job_id) {
    if (const std::optional<TrackRow> swapped = corpora.swapped_track(*clip.artifact.job_id)) {
      return {*swapped};
    }
  }
  return corpora.tracks_of(clip.target_media, person);
}

/// Who is seen in a clip, whose face a fake got, and what slices the clip is in: of a job by its
/// pair, else by whom the corpus names.
void add_people(const CorpusStore& corpora, const ClipRow& clip, TruthClip& row) {
  const std::vector<SightingRow> sightings = corpora.sightings(clip.target_media);
  const std::optional<SubjectId> person =
      clip.target_subject ? clip.target_subject : seen_person(sightings, row.is_fake);
  if (person) {
    row.person = person->value;
    row.slices = {{"profile", clip.artifact.profile}};
    for (const auto& [group, bin] : person_slices(corpora.subject_by_id(*person),
                                                  tracks_of(corpora, clip, *person), sightings)) {
      row.slices.emplace(group, bin);
    }
  }
  const std::optional<SubjectId> source =
      clip.source_subject ? clip.source_subject : lender_of(sightings);
  if (row.is_fake && source) {
    row.source = source->value;
  }
}

DetectorScoreRow to_row(const ScoreLine& line, ArtifactId artifact) {
  return {artifact, line.frame, line.status, line.p_fake};
}

/// Finds clips by what a file calls them.
class ClipIndex {
 public:
  explicit ClipIndex(const std::vector<TruthClip>& truth) {
    for (const TruthClip& clip : truth) {
      by_key_.emplace(clip.key, &clip);  // of equal streams the first
      by_artifact_.emplace(clip.artifact.value, &clip);
    }
  }

  [[nodiscard]] const TruthClip* find(const ScoreLine& line) const {
    if (line.key.empty()) {
      const auto found = by_artifact_.find(line.artifact);
      return found == by_artifact_.end() ? nullptr : found->second;
    }
    const auto found = by_key_.find(line.key);
    return found == by_key_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string, const TruthClip*> by_key_;
  std::map<std::int64_t, const TruthClip*> by_artifact_;
};

}  // namespace

std::vector<TruthClip> truth_of(Database& database, const std::vector<ClipRow>& clips) {
  const CorpusStore corpora(database);
  const RunStore runs(database);
  std::vector<TruthClip> truth;
  std::set<std::pair<std::string, bool>> streams;
  for (const ClipRow& clip : clips) {
    const ArtifactRow& artifact = clip.artifact;
    TruthClip row;
    row.artifact = artifact.id;
    row.key = artifact.stream_sha256->hex().substr(0, kKeyDigits);
    row.is_fake = artifact.label == "fake";
    if (!streams.emplace(row.key, row.is_fake).second) {
      continue;  // two jobs of one target leave the same control
    }
    row.method = clip.method.value_or("");
    row.n_frames = artifact.n_frames.value_or(0);
    row.person = -artifact.id.value;
    add_people(corpora, clip, row);
    if (row.is_fake) {
      row.spans = runs.spans(artifact.id);
      if (row.spans.empty() && artifact.media_id) {  // a corpus labels whole clips
        row.spans = {{0, row.n_frames - 1, FrameStatus::kSwapped}};
      }
    }
    truth.push_back(std::move(row));
  }
  return truth;
}

std::vector<DetectorScoreRow> resolve_scores(const std::string& file,
                                             const std::vector<ScoreLine>& lines,
                                             const std::vector<TruthClip>& truth) {
  const ClipIndex index(truth);
  std::map<ArtifactId, std::map<std::int64_t, DetectorScoreRow>> rows;
  for (const ScoreLine& line : lines) {
    const auto fail = [&](const std::string& what) {
      throw Error(ErrorKind::kInput,
                  "'" + file + "' line " + std::to_string(line.line) + ": " + what);
    };
    const TruthClip* clip = index.find(line);
    if (clip == nullptr) {
      fail(
          (line.key.empty() ? "clip " + std::to_string(line.artifact) : "clip '" + line.key + "'") +
          " is not among the clips to score");
    }
    if (line.frame >= clip->n_frames) {
      fail("the clip has " + std::to_string(clip->n_frames) + " frames");
    }
    if (!rows[clip->artifact].emplace(line.frame, to_row(line, clip->artifact)).second) {
      fail("the score of this clip and frame stands twice");
    }
  }
  std::vector<DetectorScoreRow> result;
  for (const TruthClip& clip : truth) {
    std::map<std::int64_t, DetectorScoreRow>& of_clip = rows[clip.artifact];
    std::vector<DetectorScoreRow> sorted;
    for (auto& entry : of_clip) {
      sorted.push_back(std::move(entry.second));
    }
    if (sorted.empty()) {
      result.push_back({clip.artifact, -1, "no_face", std::nullopt});
    } else if (sorted.front().frame >= 0) {
      result.push_back(pool_frames(sorted));
    }
    result.insert(result.end(), sorted.begin(), sorted.end());
  }
  return result;
}

DetectorScoreRow pool_frames(const std::vector<DetectorScoreRow>& frames) {
  CHANGELING_REQUIRE(!frames.empty(), "there are no frames to pool");
  std::map<std::string, std::int64_t> reasons;
  double sum = 0;
  std::size_t n_ok = 0;
  for (const DetectorScoreRow& frame : frames) {
    if (frame.p_fake) {
      sum += *frame.p_fake;
      ++n_ok;
    } else {
      ++reasons[frame.status];
    }
  }
  if (2 * n_ok >= frames.size()) {
    return {frames.front().artifact_id, -1, "ok", sum / static_cast<double>(n_ok)};
  }
  const auto most =
      std::max_element(reasons.begin(), reasons.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return {frames.front().artifact_id, -1, most->first, std::nullopt};
}

}  // namespace changeling

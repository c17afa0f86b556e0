#include "common/clips/cached_analyses.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/clips/sighting_hint.h"
#include "common/face/track_choice.h"

namespace changeling {

bool is_usable(const BlobStore& blobs, const Digest& analysis, const MediaRow& media) {
  if (!blobs.contains(analysis)) {
    return false;
  }
  const bool is_intact = blobs.is_intact(analysis);
  if (!is_intact) {
    log_warn("damaged_analysis", {{"media", media.rel_path},
                                  {"blob", analysis.hex()},
                                  {"hint", "generate analyze and generate run make it again"}});
  }
  return is_intact;
}

std::vector<Digest> cached_analysis_blobs(const CorpusStore& corpora, const BlobStore& blobs,
                                          const MediaRow& media) {
  std::vector<Digest> here;
  for (const Digest& digest : corpora.cached_stages(media.id, kFaceAnalysisStage)) {
    if (is_usable(blobs, digest, media)) {
      here.push_back(digest);
    }
  }
  const std::optional<Digest> counting = corpora.counting_analysis(media.id);
  std::stable_partition(here.begin(), here.end(),
                        [&counting](const Digest& digest) { return digest == counting; });
  return here;
}

std::vector<VideoAnalysis> cached_analyses(const CorpusStore& corpora, const BlobStore& blobs,
                                           const MediaRow& media) {
  const std::optional<Digest> counting = corpora.counting_analysis(media.id);
  std::size_t n_counting = 0;
  std::vector<VideoAnalysis> analyses;
  for (const Digest& digest : cached_analysis_blobs(corpora, blobs, media)) {
    VideoAnalysis analysis = deserialize_analysis(blobs.read(digest));
    if (analysis.video_sha256 == media.sha256) {
      analyses.push_back(std::move(analysis));
      n_counting += digest == counting ? 1 : 0;
    }
  }
  std::stable_sort(
      analyses.begin() + static_cast<std::ptrdiff_t>(n_counting), analyses.end(),
      [](const VideoAnalysis& a, const VideoAnalysis& b) { return a.n_frames > b.n_frames; });
  return analyses;
}

std::optional<AnalysedFace> analysed_face(const CorpusStore& corpora,
                                          const std::vector<VideoAnalysis>& analyses, MediaId media,
                                          SubjectId subject) {
  for (const VideoAnalysis& analysis : analyses) {
    const std::optional<std::size_t> track =
        choose_subject_track(analysis, sighting_hint(corpora, media, subject));
    if (track) {
      return AnalysedFace{analysis.tracks.at(*track), analysis.n_frames};
    }
  }
  return std::nullopt;
}

}  // namespace changeling

#include "common/clips/cached_analyses.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/clips/sighting_hint.h"
#include "common/face/track_choice.h"

namespace changeling {
namespace {

struct UsableAnalysis {
  Digest digest;
  std::string bytes;
  bool counts = false;  ///< for the medium
};

/// The one that counts first, then the others by key.
std::vector<UsableAnalysis> usable_analyses(const CorpusStore& corpora, const BlobStore& blobs,
                                            const MediaRow& media) {
  const std::optional<Digest> counting = corpora.counting_analysis(media.id);
  std::vector<UsableAnalysis> found;
  for (const Digest& digest : corpora.cached_stages(media.id, kFaceAnalysisStage)) {
    if (std::optional<std::string> bytes = usable_analysis(blobs, digest, media)) {
      found.push_back({digest, *std::move(bytes), digest == counting});
    }
  }
  std::stable_partition(found.begin(), found.end(),
                        [](const UsableAnalysis& analysis) { return analysis.counts; });
  return found;
}

}  // namespace

std::optional<std::string> usable_analysis(const BlobStore& blobs, const Digest& analysis,
                                           const MediaRow& media) {
  std::optional<std::string> bytes = blobs.find(analysis);
  if (!bytes && blobs.contains(analysis)) {
    log_warn("damaged_analysis", {{"media", media.rel_path},
                                  {"blob", analysis.hex()},
                                  {"hint", "generate analyze and generate run make it again"}});
  }
  return bytes;
}

std::vector<Digest> cached_analysis_blobs(const CorpusStore& corpora, const BlobStore& blobs,
                                          const MediaRow& media) {
  std::vector<Digest> digests;
  for (const UsableAnalysis& analysis : usable_analyses(corpora, blobs, media)) {
    digests.push_back(analysis.digest);
  }
  return digests;
}

std::vector<VideoAnalysis> cached_analyses(const CorpusStore& corpora, const BlobStore& blobs,
                                           const MediaRow& media) {
  std::size_t n_counting = 0;
  std::vector<VideoAnalysis> analyses;
  for (const UsableAnalysis& usable : usable_analyses(corpora, blobs, media)) {
    VideoAnalysis analysis = deserialize_analysis(usable.bytes);
    if (analysis.video_sha256 == media.sha256) {
      analyses.push_back(std::move(analysis));
      n_counting += usable.counts ? 1 : 0;
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

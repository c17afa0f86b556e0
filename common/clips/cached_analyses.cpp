#include "common/clips/cached_analyses.h"

#include <utility>

namespace changeling {

std::vector<Digest> cached_analysis_blobs(const CorpusStore& corpora, const BlobStore& blobs,
                                          MediaId media) {
  std::vector<Digest> here;
  for (const Digest& digest : corpora.cached_stages(media, kFaceAnalysisStage)) {
    if (blobs.contains(digest)) {
      here.push_back(digest);
    }
  }
  return here;
}

std::vector<VideoAnalysis> cached_analyses(const CorpusStore& corpora, const BlobStore& blobs,
                                           const MediaRow& media) {
  std::vector<VideoAnalysis> analyses;
  for (const Digest& digest : cached_analysis_blobs(corpora, blobs, media.id)) {
    VideoAnalysis analysis = deserialize_analysis(blobs.read(digest));
    if (analysis.video_sha256 == media.sha256) {
      analyses.push_back(std::move(analysis));
    }
  }
  return analyses;
}

}  // namespace changeling

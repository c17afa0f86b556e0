// evaluator/metrics/retrieval.h: would a face be taken for its source among many people? Layer 4,
// pure maths.
#pragma once

#include <cstdint>
#include <vector>

#include "evaluator/metrics/embedding.h"

namespace changeling {

/// One video of the gallery: the mean embedding of a person in it.
struct GalleryVideo {
  std::int64_t video = 0;
  std::int64_t subject = 0;
  Embedding mean;  ///< not empty
};

/// What has to be found: the very video, or any video of its person (sets hold people twice).
enum class MatchOn { kVideo, kSubject };

/// Candidates by cosine to their nearest embedding in the gallery.
class Gallery {
 public:
  /// Embeddings of one length. A pair of video and subject that stands twice throws
  /// Error(kInternal).
  Gallery(std::vector<GalleryVideo> videos, MatchOn match);

  /// Candidates that there are: videos with a person, or people. Chance of rank k is k / size.
  [[nodiscard]] std::int64_t size() const { return size_; }

  [[nodiscard]] bool has(std::int64_t video, std::int64_t subject) const;

  /// 1 for the best. A candidate as near as the wanted one counts as better: ties are wrong, so
  /// that equal embeddings cannot score. Throws Error(kInternal) when it is not in the gallery.
  [[nodiscard]] std::int64_t rank(const Embedding& query, std::int64_t video,
                                  std::int64_t subject) const;

 private:
  [[nodiscard]] bool is_wanted(const GalleryVideo& entry, std::int64_t video,
                               std::int64_t subject) const;

  std::vector<GalleryVideo> videos_;  ///< by subject, then video
  MatchOn match_;
  std::int64_t size_ = 0;
};

}  // namespace changeling

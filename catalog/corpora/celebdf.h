// catalog/corpora/celebdf.h: Celeb-DF v2, fakes included. Layer 2. No byte of it is distributed
// with this product.
#pragma once

#include "catalog/corpora/corpus.h"

namespace changeling {

/// `Celeb-real/idA_NNNN.mp4`, `YouTube-real/NNNNN.mp4`, `Celeb-synthesis/idA_idB_NNNN.mp4` (A is
/// seen, B lent the face) and `List_of_testing_videos.txt`, lines "<label> <path>" with **1 = real,
/// 0 = fake**, the inverse of every other list here; a line that contradicts the folder is a
/// problem, the folder counts. People of the test list who are also seen elsewhere are in two
/// parts: counted as conflicting_part. YouTube-real names nobody: a video is a person.
class CelebDfCorpus : public Corpus {
 public:
  [[nodiscard]] CorpusDescription describe() const override;
  [[nodiscard]] CorpusScan scan(const std::filesystem::path& root) const override;
};

}  // namespace changeling

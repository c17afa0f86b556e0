// catalog/corpora/ytf_keypoints.h: frames of YouTube Faces with 68 landmarks each, as
// udacity/P1_Facial_Keypoints ships them. Layer 2. No byte of it is distributed with this product.
#pragma once

#include "catalog/corpora/corpus.h"

namespace changeling {

/// `First_Last_VF.jpg` (V video digit, F frame digit) and `training_frames_keypoints.csv`: file
/// name, then x0,y0,x1,y1,.. in pixels of the picture. The three frames of a video share a
/// source_clip.
class YtfKeypointsCorpus : public Corpus {
 public:
  [[nodiscard]] CorpusDescription describe() const override;
  [[nodiscard]] CorpusScan scan(const std::filesystem::path& root) const override;
  [[nodiscard]] std::vector<StillAnnotation> annotations(
      const std::filesystem::path& root) const override;
};

}  // namespace changeling

// catalog/corpora/ijbc.h: IJB-C (IARPA Janus Benchmark C) as its holders have it on disk: stills,
// frames without videos, or full-motion videos. Layer 2. No byte of it is distributed with this
// product.
#pragma once

#include <map>
#include <string>

#include "catalog/corpora/corpus.h"

namespace changeling {

struct IjbcOptions {
  /// Never redistributable, whatever a caller wishes.
  std::string licence = "IJB-C agreement (per-file Creative Commons)";
  std::string consent_basis = "public-research";
  /// Which files are full-motion videos: shell pattern on the path below the IJB-C folder, case
  /// ignored; empty = every file with a suffix of a video.
  std::string video_glob;
  /// Meaning of the GENDER column.
  std::map<std::string, std::string> gender_names = {{"0", "f"}, {"1", "m"}};
};

/// Finds the folder of the release up to three levels below the root, reads every annotation list
/// by column name and unites them. A video's sightings carry boxes at FRAME_NUM, or frame -1 where
/// a row of the video has none: the person is in it, and a box there tells no place. Frames without
/// a video become a frame sequence (frame_sequence.h) per SIGHTING_ID, in order of FRAME_NUM.
class IjbcCorpus : public Corpus {
 public:
  explicit IjbcCorpus(IjbcOptions options = {});

  [[nodiscard]] CorpusDescription describe() const override;
  [[nodiscard]] CorpusScan scan(const std::filesystem::path& root) const override;

 private:
  IjbcOptions options_;
};

}  // namespace changeling

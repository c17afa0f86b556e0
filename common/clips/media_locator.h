// common/clips/media_locator.h: where a corpus medium lies on this machine. Layer 4.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>

#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"

namespace changeling {

/// Refers to both arguments of its constructor.
class MediaLocator {
 public:
  MediaLocator(const CorpusStore& corpora, const CorpusRoots& roots)
      : corpora_(corpora), roots_(roots) {}

  /// The file of a probed, readable medium whose bytes still hash to what was probed. Throws
  /// Error(kInput): probe_error, not probed, missing or changed file.
  [[nodiscard]] std::filesystem::path checked_path(const MediaRow& media) const;

  /// The same for a frame sequence: place -> file.
  [[nodiscard]] std::map<std::int64_t, std::filesystem::path> checked_frames(
      const MediaRow& media) const;

 private:
  /// Root of the corpus of a medium that was probed well.
  [[nodiscard]] std::filesystem::path root_of_probed(const MediaRow& media) const;

  const CorpusStore& corpora_;
  const CorpusRoots& roots_;
};

}  // namespace changeling

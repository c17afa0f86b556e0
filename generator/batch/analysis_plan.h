// generator/batch/analysis_plan.h: which clips of a corpus are analysed. Layer 3.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"

namespace changeling {

struct AnalysisChoice {
  std::string corpus;              ///< name; its newest version
  std::string split;               ///< name; empty = all clips
  std::vector<std::string> parts;  ///< train, val, test; empty = all of the split
};

struct AnalysisPlan {
  std::vector<MediaRow> clips;  ///< by rel_path
  /// Media that are not analysed, by reason; each counts once, under the first that holds: image,
  /// frame_seq (no video), withdrawn (somebody who took back their consent is seen, or the bytes
  /// are of such a clip), not_in_split (nobody seen is in the split), other_part (nobody seen is in
  /// one of the parts).
  std::map<std::string, std::int64_t> left_out;
};

/// Throws Error(kConfig) for an unknown corpus or split, and for parts without a split.
[[nodiscard]] AnalysisPlan plan_analysis(const CorpusStore& corpora, const PairStore& pairs,
                                         const AnalysisChoice& choice);

}  // namespace changeling

// generator/job/pair_loader.h: everything known about the two clips of a pair before it is swapped.
// Layer 7. Compute thread only.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "common/base/outcome.h"
#include "common/base/stopwatch.h"
#include "generator/job/analysis_source.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// One clip of a pair.
struct PairSide {
  MediaRow media;
  CorpusRow corpus;
  SubjectRow subject;
  std::filesystem::path file;
  StoredAnalysis stored;
  std::int64_t n_frames = 0;  ///< that were analysed
  std::size_t track = 0;      ///< of the person meant

  /// Hands the analysis over: it is large, and nobody needs it once the swap is planned.
  [[nodiscard]] AnalyzedClip take_clip() { return {std::move(stored.analysis), track}; }
};

struct LoadedPair {
  PairRow row;
  PairSide source;
  PairSide target;
};

class PairLoader {
 public:
  PairLoader(CorpusStore& corpora, const PairStore& pairs, const CorpusRoots& roots,
             AnalysisSource& analyses)
      : corpora_(corpora), pairs_(pairs), roots_(roots), analyses_(analyses) {}

  /// Analyses both clips and finds the people. Refuses with kNoFace, kSubjectNotFound.
  [[nodiscard]] Outcome<LoadedPair> load(PairId pair, StageTimings& timings,
                                         const std::function<void()>& heartbeat);

  [[nodiscard]] CorpusStore& corpora() const { return corpora_; }

 private:
  Outcome<PairSide> load_side(MediaId media, SubjectId subject, const std::string& role,
                              StageTimings& timings, const std::function<void()>& heartbeat);

  CorpusStore& corpora_;
  const PairStore& pairs_;
  const CorpusRoots& roots_;
  AnalysisSource& analyses_;
};

/// Provenance of the fake that `job` makes of a pair, of `frames` of the target.
[[nodiscard]] Provenance make_provenance(const JobRow& job, const LoadedPair& pair,
                                         const FrameRange& frames,
                                         const SwapMethod::Variant& variant,
                                         const std::vector<ProvenanceModel>& analysis_models);

/// Which faces of the target clip the fake replaces.
[[nodiscard]] std::vector<FaceLabelRow> face_labels(const LoadedPair& pair);

}  // namespace changeling

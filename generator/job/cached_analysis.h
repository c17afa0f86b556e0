// generator/job/cached_analysis.h: face analysis of corpus videos, made once per content and
// options. Layer 7. Compute thread only.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_store.h"
#include "common/base/stopwatch.h"
#include "common/clips/analysis_cache.h"
#include "common/face/face_types.h"
#include "common/face/track_analyzer.h"
#include "generator/job/analysis_source.h"

namespace changeling {

class CachedAnalysis : public AnalysisSource {
 public:
  struct Settings {
    std::filesystem::path models_dir;
    AnalysisOptions options;
    std::int64_t max_frames = 0;  ///< 0 = all
    int queue_frames = 16;
  };

  CachedAnalysis(CorpusStore& corpora, BlobStore& blobs, Settings settings);

  /// Returns the cached analysis, or makes, stores and returns it; it counts for the medium from
  /// now on. `heartbeat` is called between batches; time spent is added to `timings` under `stage`
  /// (not at all on a cache hit).
  [[nodiscard]] StoredAnalysis analyze(const MediaRow& media, const std::filesystem::path& file,
                                       const std::string& stage, StageTimings& timings,
                                       const std::function<void()>& heartbeat) override;

  /// Loads the networks when needed.
  [[nodiscard]] const std::vector<ProvenanceModel>& models() override;

 private:
  TrackAnalyzer& analyzer();
  Digest cache_key(const MediaRow& media);
  VideoAnalysis compute(const MediaRow& media, const std::filesystem::path& file,
                        const std::string& stage, StageTimings& timings,
                        const std::function<void()>& heartbeat);

  AnalysisCache cache_;
  Settings settings_;
  std::optional<TrackAnalyzer> analyzer_;
};

}  // namespace changeling

// generator/job/analysis_source.h: where jobs get the face analysis of a clip from. Layer 7.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "catalog/store/records.h"
#include "common/base/provenance.h"
#include "common/base/stopwatch.h"
#include "common/face/face_types.h"

namespace changeling {

/// An analysis and the catalog rows of its tracks, same order.
struct StoredAnalysis {
  VideoAnalysis analysis;
  std::vector<TrackId> track_ids;
};

/// Compute thread only.
class AnalysisSource {
 public:
  virtual ~AnalysisSource() = default;

  /// The analysis of `file`, whose row is `media`. `heartbeat` is called now and then and may
  /// throw; time spent is added to `timings` under `stage`.
  [[nodiscard]] virtual StoredAnalysis analyze(const MediaRow& media,
                                               const std::filesystem::path& file,
                                               const std::string& stage, StageTimings& timings,
                                               const std::function<void()>& heartbeat) = 0;

  /// Networks of the analysis, for the provenance.
  [[nodiscard]] virtual const std::vector<ProvenanceModel>& models() = 0;
};

}  // namespace changeling

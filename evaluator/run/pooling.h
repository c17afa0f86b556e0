// evaluator/run/pooling.h: frame samples -> clip rows -> run aggregates. Layer 6, pure.
// Policy: evaluator/metrics/README.md, "Rules"; docs/decisions/005, 006, 019.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/records.h"
#include "evaluator/metrics/metric.h"

namespace changeling {

/// The clip row (frame -1): mean, p05, p50 and p95 of the ok samples. Ok when at least half of the
/// samples are; otherwise the commonest reason, without a value. A metric of clip level passes its
/// one sample on.
[[nodiscard]] ScoreRow pool_clip(MetricId metric, ArtifactId artifact,
                                 const std::vector<Sample>& samples);

/// The clip row, followed by one row per frame sample.
[[nodiscard]] std::vector<ScoreRow> to_score_rows(MetricId metric, ArtifactId artifact,
                                                  const std::vector<Sample>& samples);

/// A clip row that says why the whole clip has no value.
[[nodiscard]] ScoreRow failed_clip(MetricId metric, ArtifactId artifact, SampleStatus status);

/// A clip value with the people that make clips dependent. A source that is not known is unset.
struct PooledClip {
  double value = 0;
  SubjectId source;
  SubjectId target;
};

struct AggregationOptions {
  std::string suite;   ///< names the draws: digest of the pair list
  std::string metric;  ///< "id_margin@1"
  int replicates = 2000;
  /// Least people for an interval: a bootstrap over fewer is far too narrow (docs/decisions/005).
  int min_clusters = 10;
};

/// Mean over ok clips with its interval, which resamples source and target people
/// (docs/decisions/019). `n_clips` counts every clip that was asked for; coverage = ok / asked. No
/// ok clip: status undefined. No interval, and ci_method says why: `too_few_clusters` with fewer
/// than min_clusters people, `all_clips_alike` where no replicate could differ.
[[nodiscard]] AggregateRow aggregate_clips(MetricId metric, const std::vector<PooledClip>& ok_clips,
                                           std::int64_t n_clips, const AggregationOptions& options);

}  // namespace changeling

// evaluator/scores/score_metrics.h: how well a detector tells fakes from real clips, with intervals
// and slices. Layer 3. Definitions: common/statistics/roc.h.
#pragma once

#include <string>
#include <vector>

#include "catalog/store/records.h"
#include "evaluator/scores/score_table.h"

namespace changeling {

/// The slice that leaves clips without a score out, as its coverage says; in slice "all" they count
/// as kImputed.
inline constexpr const char* kOkOnlySlice = "ok_only";

struct ScoreMetricOptions {
  std::string suite;      ///< names the bootstrap's draws
  int replicates = 2000;  ///< of the bootstrap over people seen and sources of fakes
};

/// One number with the metric it belongs to; `aggregate.metric_id` is not set.
struct ScoreMetric {
  MetricDefRow definition;
  AggregateRow aggregate;
};

/// Metrics of clips: detector_auc, _auc_delong (DeLong's interval, clips as if independent),
/// _pauc_0.1, _tpr_fpr_1e-2, _tpr_fpr_1e-3, _eer, _ap, _acc, _bal_acc, _logloss, _brier, _ece15,
/// over all clips and over those with a score; detector_auc also of each method against all reals
/// and of each slice of the people, and how alike groups of people are treated (fairness_metrics;
/// docs/formats/detector-scores.md). Metrics of frames: detector_frame_auc, _frame_eer,
/// _frame_logloss, where frame scores exist; a frame of a fake is fake only inside a swapped span.
/// Fewer than 10 people: no interval (docs/decisions/005); ece15 has none at all; ci_method says
/// why. A slice of people
/// under 30 clips or 10 people and a TPR below least_negatives real people: status too_few. One
/// class alone: undefined.
[[nodiscard]] std::vector<ScoreMetric> score_metrics(const std::vector<TruthClip>& truth,
                                                     const std::vector<DetectorScoreRow>& scores,
                                                     const ScoreMetricOptions& options);

}  // namespace changeling

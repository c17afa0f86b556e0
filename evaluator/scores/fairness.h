// evaluator/scores/fairness.h: how alike a detector treats groups of people. Layer 3, internal to
// detector_scores.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evaluator/scores/score_items.h"

namespace changeling {

/// Gaps between groups at threshold 0.5: p >= 0.5 is called fake, which is "positive". Definitions
/// as computed by the code of Lin et al. 2024, "Preserving Fairness Generalization in Deepfake
/// Detection" (arXiv 2402.17229), as shares, not percent. Rates without index are over all groups.
struct FairnessGaps {
  double fpr = 0;             ///< sum over groups of |FPR_g - FPR|
  double equal_odds = 0;      ///< sum over groups of |FPR_g - FPR| + |TPR_g - TPR|
  double accuracy = 0;        ///< largest minus smallest accuracy
  double parity = 0;          ///< largest minus smallest share of positives
  double max_equal_odds = 0;  ///< largest gap of any of FPR, FNR, TNR, TPR
};

/// Of groups by name. nullopt with fewer than two groups, or one that lacks fakes or reals.
[[nodiscard]] std::optional<FairnessGaps> fairness_gaps(
    const std::map<std::string, ScoreItems>& groups);

/// detector_f_fpr, _f_eo, _f_oae, _f_dp, _f_meo, _worst_auc, _auc_gap of slices "groups=gender",
/// "groups=skin tone", "groups=gender and skin tone" and "groups=age", each over the groups that
/// are slices with fakes and reals. Below two of them the gap alone, as `too_few`; nothing where
/// the corpora know fewer than two groups. Without interval except for the two of the AUC:
/// resampling raises sums and maxima of gaps. Their intervals keep the groups, which `ci_method`
/// names; the gap is that of the best and the worst. `measured` has detector_auc of every slice of
/// these clips: the worst group's row is that of its slice.
[[nodiscard]] std::vector<ScoreMetric> fairness_metrics(const ScoreItems& clips,
                                                        const ScoreMetricOptions& options,
                                                        const std::vector<ScoreMetric>& measured);

}  // namespace changeling

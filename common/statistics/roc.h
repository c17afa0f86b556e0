// common/statistics/roc.h: how well scores separate two classes. Layer 1, standard library only.
// Each definition stands at its function.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace changeling {

/// One scored item. A higher score means "positive"; `weight` is how often it counts (bootstrap).
struct ScoredItem {
  double score = 0;
  bool is_positive = false;
  double weight = 1;
};

/// One threshold: everything with a score >= threshold is called positive.
struct RocPoint {
  double threshold = 0;
  double fpr = 0;
  double tpr = 0;
  double precision = 1;  ///< of what is called positive; 1 where nothing is
};

/// The steps of the ROC curve: (0, 0) first, then one point per distinct score, descending
/// thresholds, (1, 1) last. Items without weight are left out. Empty unless both classes are
/// there. Scores must be finite.
[[nodiscard]] std::vector<RocPoint> roc_curve(const std::vector<ScoredItem>& items);

/// Area under the ROC curve: P(positive > negative) + P(equal) / 2. Of this and all below: nullopt
/// unless both classes are there.
[[nodiscard]] std::optional<double> auc(const std::vector<ScoredItem>& items);

/// Area for FPR <= max_fpr (trapezoids, the last one cut), standardised so that chance is 0.5 and
/// perfection 1 (McClish 1989). 0 < max_fpr <= 1.
[[nodiscard]] std::optional<double> partial_auc(const std::vector<ScoredItem>& items,
                                                double max_fpr);

/// Largest TPR at a threshold with FPR <= max_fpr, no interpolation.
[[nodiscard]] std::optional<double> tpr_at_fpr(const std::vector<ScoredItem>& items,
                                               double max_fpr);

/// Where FPR and 1 - TPR cross, by linear interpolation between the steps.
[[nodiscard]] std::optional<double> equal_error_rate(const std::vector<ScoredItem>& items);

/// Average precision: sum over distinct thresholds of (recall step) x precision.
[[nodiscard]] std::optional<double> average_precision(const std::vector<ScoredItem>& items);

/// How many independent negatives tpr_at_fpr needs before it says anything: below 3 / max_fpr even
/// no false positive at all leaves an upper 95 % bound above max_fpr.
[[nodiscard]] std::int64_t least_negatives(double max_fpr);

}  // namespace changeling

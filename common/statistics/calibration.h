// common/statistics/calibration.h: do probabilities mean what they say? Layer 1, standard library
// only.
#pragma once

#include <vector>

#include "common/statistics/roc.h"

namespace changeling {

/// Scores are probabilities of "positive", in [0, 1]. Weights count. All need some weight.

/// Mean of -log p of the true class; p is cut to [1e-7, 1 - 1e-7].
[[nodiscard]] double log_loss(const std::vector<ScoredItem>& items);

/// Mean squared difference of probability and truth.
[[nodiscard]] double brier_score(const std::vector<ScoredItem>& items);

/// Items of similar probability: mean of what was said and of what is true.
struct ReliabilityBin {
  double predicted = 0;
  double observed = 0;
  double weight = 0;
};

/// At most `n_bins` bins of about equal weight, ascending; equal scores stay together.
[[nodiscard]] std::vector<ReliabilityBin> reliability_curve(const std::vector<ScoredItem>& items,
                                                            int n_bins = 15);

/// Expected calibration error: weighted mean of |predicted - observed| over the bins.
[[nodiscard]] double calibration_error(const std::vector<ScoredItem>& items, int n_bins = 15);

/// Share called right at a threshold of 0.5, and the mean of the shares of both classes (NaN when
/// one is missing).
[[nodiscard]] double accuracy(const std::vector<ScoredItem>& items);
[[nodiscard]] double balanced_accuracy(const std::vector<ScoredItem>& items);

}  // namespace changeling

// common/statistics/delong.h: areas under ROC curves and their standard errors without resampling.
// Layer 1, standard library only. Items count as independent: for clustered items this is the
// cross-check of the cluster bootstrap, not its replacement.
#pragma once

#include <optional>
#include <vector>

#include "common/statistics/interval.h"

namespace changeling {

/// Scores of one detector; higher = more likely fake. Equal scores count half.
struct DetectorScores {
  std::vector<double> real;
  std::vector<double> fake;
};

struct AucEstimate {
  double auc = 0;  ///< Mann-Whitney with midranks
  double standard_error = 0;
  Interval interval;  ///< 95 %, normal, inside [0, 1]
};

struct AucDifference {
  double difference = 0;  ///< first minus second
  double standard_error = 0;
  double p_value = 1;  ///< two-sided; 1 when both detectors order all items alike
};

/// Area under the ROC curve (DeLong, DeLong, Clarke-Pearson 1988) in O(n log n) by midranks (Sun
/// and Xu 2014). nullopt without two real and two fake items; all finite.
[[nodiscard]] std::optional<AucEstimate> delong_auc(const DetectorScores& scores);

/// The same for two detectors on the same items: both lists of `second` name the items of `first`
/// in their order. nullopt as delong_auc. Throws Error(kInternal) for lists of other lengths.
[[nodiscard]] std::optional<AucDifference> delong_difference(const DetectorScores& first,
                                                             const DetectorScores& second);

}  // namespace changeling

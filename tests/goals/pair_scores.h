// tests/goals/pair_scores.h: verification accuracy and AUC of same-person and different-person
// pairs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace changeling {

/// Similarities: higher means more alike.
struct PairScores {
  std::vector<double> same;
  std::vector<double> different;

  /// Share of pairs on the right side of the threshold.
  [[nodiscard]] double accuracy(double threshold) const {
    const auto right =
        std::count_if(same.begin(), same.end(), [&](double score) { return score >= threshold; }) +
        std::count_if(different.begin(), different.end(),
                      [&](double score) { return score < threshold; });
    return static_cast<double>(right) / static_cast<double>(same.size() + different.size());
  }

  /// Chance that a same-person pair scores above a different-person pair; ties count half.
  [[nodiscard]] double auc() const {
    std::vector<double> sorted = different;
    std::sort(sorted.begin(), sorted.end());
    double wins = 0;
    for (const double score : same) {
      const auto range = std::equal_range(sorted.begin(), sorted.end(), score);
      wins += static_cast<double>(range.first - sorted.begin()) +
              0.5 * static_cast<double>(range.second - range.first);
    }
    return wins / (static_cast<double>(same.size()) * static_cast<double>(different.size()));
  }
};

}  // namespace changeling

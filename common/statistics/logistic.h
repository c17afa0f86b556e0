// common/statistics/logistic.h: logistic regression on a few features, the judge of leak probes.
// Layer 1, standard library only.
#pragma once

#include <cstdint>
#include <vector>

namespace changeling {

/// p(positive | x) = 1 / (1 + exp(-(bias + sum weight (x - mean) / scale))).
struct LogisticModel {
  std::vector<double> mean;
  std::vector<double> scale;  ///< standard deviation; 1 for a feature that does not vary
  std::vector<double> weights;
  double bias = 0;

  [[nodiscard]] double predict(const std::vector<double>& features) const;
};

/// One labelled item; all of equal length.
struct LabelledFeatures {
  std::vector<double> features;
  bool is_positive = false;
  std::int64_t group = 0;  ///< items of one group are never on both sides of a fold
};

/// Least penalised log loss by Newton's method: mean loss + penalty / 2 |weights|^2, features
/// standardised, classes weighted to equal shares, bias free. Needs both classes. Deterministic.
[[nodiscard]] LogisticModel fit_logistic(const std::vector<LabelledFeatures>& items,
                                         double penalty = 0.01);

/// For each item the prediction of a model that was fitted without its fold: groups are dealt to
/// `n_folds` folds in ascending order (fewer when there are fewer groups). Items of a fold whose
/// complement lacks a class get 0.5. Needs two groups.
[[nodiscard]] std::vector<double> cross_validate_logistic(
    const std::vector<LabelledFeatures>& items, int n_folds = 5, double penalty = 0.01);

}  // namespace changeling

#include "common/statistics/logistic.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr int kMaxSteps = 100;
constexpr double kConverged = 1e-10;

using Matrix = std::vector<std::vector<double>>;

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

/// Solves the symmetric positive definite system by Cholesky's method.
std::vector<double> solve(Matrix a, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = j; i < n; ++i) {
      double sum = a[i][j];
      for (std::size_t k = 0; k < j; ++k) {
        sum -= a[i][k] * a[j][k];
      }
      a[i][j] = i == j ? std::sqrt(std::max(sum, 1e-300)) : sum / a[j][j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      b[i] -= a[i][k] * b[k];
    }
    b[i] /= a[i][i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) {
      b[i] -= a[k][i] * b[k];
    }
    b[i] /= a[i][i];
  }
  return b;
}

void standardise(const std::vector<LabelledFeatures>& items, LogisticModel& model) {
  const std::size_t n_features = items.front().features.size();
  const auto n = static_cast<double>(items.size());
  model.mean.assign(n_features, 0);
  model.scale.assign(n_features, 1);
  for (std::size_t f = 0; f < n_features; ++f) {
    for (const LabelledFeatures& item : items) {
      CHANGELING_REQUIRE(item.features.size() == n_features && std::isfinite(item.features[f]),
                         "features are finite and of one length");
      model.mean[f] += item.features[f] / n;
    }
    double squares = 0;
    for (const LabelledFeatures& item : items) {
      const double difference = item.features[f] - model.mean[f];
      squares += difference * difference / n;
    }
    // A feature that varies by rounding alone says nothing.
    const double deviation = std::sqrt(squares);
    model.scale[f] = deviation > 1e-12 * (1 + std::abs(model.mean[f])) ? deviation : 0;
  }
}

/// Standardised features with a leading 1 for the bias.
std::vector<double> row_of(const LogisticModel& model, const std::vector<double>& features) {
  std::vector<double> row = {1};
  for (std::size_t f = 0; f < features.size(); ++f) {
    row.push_back(model.scale[f] > 0 ? (features[f] - model.mean[f]) / model.scale[f] : 0);
  }
  return row;
}

/// Weight of an item of each class, so that both have half of the total of 1.
std::pair<double, double> class_weights(const std::vector<LabelledFeatures>& items) {
  const auto positives = static_cast<double>(std::count_if(
      items.begin(), items.end(), [](const LabelledFeatures& item) { return item.is_positive; }));
  const double negatives = static_cast<double>(items.size()) - positives;
  CHANGELING_REQUIRE(positives > 0 && negatives > 0, "a regression needs both classes");
  return {0.5 / negatives, 0.5 / positives};
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

}  // namespace

double LogisticModel::predict(const std::vector<double>& features) const {
  CHANGELING_REQUIRE(features.size() == weights.size(), "features of the model's length");
  const std::vector<double> row = row_of(*this, features);
  double sum = bias;
  for (std::size_t f = 0; f < weights.size(); ++f) {
    sum += weights[f] * row[f + 1];
  }
  return sigmoid(sum);
}

LogisticModel fit_logistic(const std::vector<LabelledFeatures>& items, double penalty) {
  CHANGELING_REQUIRE(!items.empty() && penalty > 0, "a regression needs items and a penalty");
  LogisticModel model;
  standardise(items, model);
  const auto [negative_weight, positive_weight] = class_weights(items);
  Matrix rows;
  for (const LabelledFeatures& item : items) {
    rows.push_back(row_of(model, item.features));
  }
  const std::size_t n = rows.front().size();
  std::vector<double> beta(n, 0);
  for (int step = 0; step < kMaxSteps; ++step) {
    std::vector<double> gradient(n, 0);
    Matrix hessian(n, std::vector<double>(n, 0));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double weight = items[i].is_positive ? positive_weight : negative_weight;
      const double p = sigmoid(dot(beta, rows[i]));
      const double error = weight * (p - (items[i].is_positive ? 1 : 0));
      const double curvature = weight * std::max(p * (1 - p), 1e-9);
      for (std::size_t a = 0; a < n; ++a) {
        gradient[a] += error * rows[i][a];
        for (std::size_t b = 0; b <= a; ++b) {
          hessian[a][b] += curvature * rows[i][a] * rows[i][b];
        }
      }
    }
    for (std::size_t a = 1; a < n; ++a) {
      gradient[a] += penalty * beta[a];
      hessian[a][a] += penalty;
    }
    const std::vector<double> change = solve(hessian, gradient);
    double largest = 0;
    for (std::size_t a = 0; a < n; ++a) {
      // Far from the optimum a full step can overshoot.
      const double limited = std::clamp(change[a], -2.0, 2.0);
      beta[a] -= limited;
      largest = std::max(largest, std::abs(limited));
    }
    if (largest < kConverged) {
      break;
    }
  }
  model.bias = beta.front();
  model.weights.assign(beta.begin() + 1, beta.end());
  return model;
}

std::vector<double> cross_validate_logistic(const std::vector<LabelledFeatures>& items, int n_folds,
                                            double penalty) {
  std::map<std::int64_t, int> fold_of_group;
  for (const LabelledFeatures& item : items) {
    fold_of_group.emplace(item.group, 0);
  }
  CHANGELING_REQUIRE(fold_of_group.size() >= 2 && n_folds >= 2,
                     "cross-validation needs two groups and two folds");
  int next = 0;
  for (auto& [group, fold] : fold_of_group) {
    fold = next++ % n_folds;
  }
  std::vector<double> predictions(items.size(), 0.5);
  for (int fold = 0; fold < std::min(n_folds, next); ++fold) {
    std::vector<LabelledFeatures> others;
    int n_positive = 0;
    for (const LabelledFeatures& item : items) {
      if (fold_of_group.at(item.group) != fold) {
        others.push_back(item);
        n_positive += item.is_positive ? 1 : 0;
      }
    }
    if (n_positive == 0 || n_positive == static_cast<int>(others.size())) {
      continue;
    }
    const LogisticModel model = fit_logistic(others, penalty);
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (fold_of_group.at(items[i].group) == fold) {
        predictions[i] = model.predict(items[i].features);
      }
    }
  }
  return predictions;
}

}  // namespace changeling

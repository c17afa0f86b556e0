#include "common/statistics/logistic.h"

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/statistics/roc.h"

namespace changeling {
namespace {

/// Two features of which only the first tells the classes apart, by `shift`; groups of four.
std::vector<LabelledFeatures> items(int n, double shift, std::uint64_t seed) {
  CounterRng rng(seed);
  std::vector<LabelledFeatures> result;
  for (int i = 0; i < n; ++i) {
    const bool is_positive = i % 2 == 0;
    result.push_back(
        {{rng.uniform() + (is_positive ? shift : 0), 1000 * rng.uniform()}, is_positive, i / 4});
  }
  return result;
}

double cross_validated_auc(const std::vector<LabelledFeatures>& data) {
  const std::vector<double> predictions = cross_validate_logistic(data);
  std::vector<ScoredItem> scored;
  for (std::size_t i = 0; i < data.size(); ++i) {
    scored.push_back({predictions[i], data[i].is_positive});
  }
  return *auc(scored);
}

TEST(FitLogistic, FindsTheFeatureThatTells) {
  const LogisticModel model = fit_logistic(items(200, 0.5, 1));
  EXPECT_GT(model.weights[0], 5 * std::abs(model.weights[1]));
  EXPECT_GT(model.predict({1.4, 500}), 0.8);
  EXPECT_LT(model.predict({0.1, 500}), 0.2);
}

TEST(FitLogistic, GradientVanishesAtTheSolution) {
  const std::vector<LabelledFeatures> data = items(60, 0.3, 2);
  constexpr double kPenalty = 0.1;
  const LogisticModel model = fit_logistic(data, kPenalty);
  double bias = 0;
  std::vector<double> gradient = {kPenalty * model.weights[0], kPenalty * model.weights[1]};
  for (const LabelledFeatures& item : data) {
    const double error = (model.predict(item.features) - (item.is_positive ? 1 : 0)) /
                         static_cast<double>(data.size());
    bias += error;
    for (std::size_t f = 0; f < 2; ++f) {
      gradient[f] += error * (item.features[f] - model.mean[f]) / model.scale[f];
    }
  }
  EXPECT_NEAR(bias, 0, 1e-9);
  EXPECT_NEAR(gradient[0], 0, 1e-9);
  EXPECT_NEAR(gradient[1], 0, 1e-9);
}

TEST(FitLogistic, SeparableClassesStayFinite) {
  const LogisticModel model = fit_logistic({{{0}, false, 0}, {{1}, true, 1}}, 1e-4);
  EXPECT_TRUE(std::isfinite(model.weights[0]));
  EXPECT_GT(model.predict({1}), 0.9);
}

TEST(FitLogistic, ConstantFeaturesSayNothing) {
  std::vector<LabelledFeatures> data = items(40, 0.5, 3);
  for (LabelledFeatures& item : data) {
    item.features[1] = 25;
  }
  const LogisticModel model = fit_logistic(data);
  EXPECT_EQ(model.weights[1], 0);
  EXPECT_EQ(model.predict({0.5, 25}), model.predict({0.5, -1e9}));
}

TEST(FitLogistic, UnequalClassesAreWeighedAlike) {
  std::vector<LabelledFeatures> data;
  for (int i = 0; i < 100; ++i) {
    data.push_back({{0.0}, i < 5, i});
  }
  EXPECT_NEAR(fit_logistic(data).predict({0}), 0.5, 1e-9);
}

TEST(FitLogistic, RefusesWhatCannotBeFitted) {
  EXPECT_THROW((void)fit_logistic({}), Error);
  EXPECT_THROW((void)fit_logistic({{{1}, true, 0}, {{2}, true, 1}}), Error);
  EXPECT_THROW((void)fit_logistic({{{1}, true, 0}, {{1, 2}, false, 1}}), Error);
  EXPECT_THROW((void)fit_logistic({{{std::nan("")}, true, 0}, {{2}, false, 1}}), Error);
}

TEST(CrossValidateLogistic, FindsAPlantedTellTaleAndNothingWhereNothingIs) {
  EXPECT_GT(cross_validated_auc(items(200, 1, 4)), 0.95);
  EXPECT_NEAR(cross_validated_auc(items(400, 0, 5)), 0.5, 0.1);
}

TEST(CrossValidateLogistic, NeverSeesTheOwnGroup) {
  // The only tell-tale is the group's own label: useless when the group is held out.
  std::vector<LabelledFeatures> data;
  for (int i = 0; i < 40; ++i) {
    data.push_back({{static_cast<double>(i % 10 == i / 4)}, i / 4 % 2 == 0, i / 4});
  }
  EXPECT_LT(cross_validated_auc(data), 0.75);
}

TEST(CrossValidateLogistic, FoldWithoutAClassInItsComplementKnowsNothing) {
  const std::vector<double> predictions =
      cross_validate_logistic({{{1}, true, 0}, {{2}, false, 1}}, 2);
  EXPECT_EQ(predictions, (std::vector<double>{0.5, 0.5}));
  EXPECT_THROW((void)cross_validate_logistic({{{1}, true, 0}, {{2}, false, 0}}), Error);
}

}  // namespace
}  // namespace changeling

#include "common/statistics/calibration.h"

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

TEST(LogLoss, MatchesHandComputedValue) {
  EXPECT_NEAR(log_loss({{0.8, true}, {0.4, false}}), -(std::log(0.8) + std::log(0.6)) / 2, 1e-12);
}

TEST(LogLoss, CertaintyThatIsWrongStaysFinite) {
  EXPECT_NEAR(log_loss({{1, false}}), -std::log(1e-7), 1e-6);
  EXPECT_NEAR(log_loss({{1, true}}), 0, 1e-6);
}

TEST(BrierScore, MatchesHandComputedValue) {
  EXPECT_DOUBLE_EQ(brier_score({{0.8, true}, {0.4, false}}), (0.04 + 0.16) / 2);
}

TEST(ReliabilityCurve, SplitsIntoBinsOfEqualWeight) {
  const std::vector<ReliabilityBin> bins = reliability_curve(
      {{0.1, false}, {0.2, false}, {0.6, true}, {0.8, false}, {0.9, true}, {1.0, true}}, 3);
  ASSERT_EQ(bins.size(), 3U);
  EXPECT_DOUBLE_EQ(bins[0].predicted, 0.15);
  EXPECT_DOUBLE_EQ(bins[0].observed, 0);
  EXPECT_DOUBLE_EQ(bins[1].predicted, 0.7);
  EXPECT_DOUBLE_EQ(bins[1].observed, 0.5);
  EXPECT_DOUBLE_EQ(bins[2].weight, 2);
}

TEST(ReliabilityCurve, KeepsEqualScoresTogether) {
  const std::vector<ReliabilityBin> bins =
      reliability_curve({{0.5, true}, {0.5, false}, {0.5, true}, {0.9, true}}, 4);
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_DOUBLE_EQ(bins[0].weight, 3);
  EXPECT_DOUBLE_EQ(bins[0].observed, 2.0 / 3);
}

TEST(ReliabilityCurve, GoesOnWithBinsOfEqualWeightAfterManyEqualScores) {
  std::vector<ScoredItem> items(8, {0.1, false});  // they fill four of ten bins
  for (int i = 0; i < 12; ++i) {
    items.push_back({0.3 + 0.05 * i, i % 2 == 0});
  }
  const std::vector<ReliabilityBin> bins = reliability_curve(items, 10);
  ASSERT_EQ(bins.size(), 7U);
  EXPECT_DOUBLE_EQ(bins.front().weight, 8);
  for (std::size_t i = 1; i < bins.size(); ++i) {
    EXPECT_DOUBLE_EQ(bins[i].weight, 2) << i;
  }
}

TEST(CalibrationError, MatchesHandComputedValue) {
  EXPECT_NEAR(calibration_error({{0.1, false}, {0.2, false}, {0.6, true}, {0.8, false}}, 2),
              0.5 * 0.15 + 0.5 * 0.2, 1e-12);
  EXPECT_DOUBLE_EQ(calibration_error({{1, true}, {0, false}}), 0);
}

TEST(Accuracy, IsBalancedOverClasses) {
  const std::vector<ScoredItem> items = {{0.9, true}, {0.6, false}, {0.1, false}, {0.2, false}};
  EXPECT_DOUBLE_EQ(accuracy(items), 0.75);
  EXPECT_DOUBLE_EQ(balanced_accuracy(items), (1 + 2.0 / 3) / 2);
  EXPECT_TRUE(std::isnan(balanced_accuracy({{0.9, true}})));
}

TEST(Calibration, RefusesWhatIsNoProbability) {
  EXPECT_THROW((void)log_loss({{1.5, true}}), Error);
  EXPECT_THROW((void)brier_score({}), Error);
  EXPECT_THROW((void)calibration_error({}), Error);
}

}  // namespace
}  // namespace changeling

#include "common/statistics/proportion.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/statistics/quantile.h"

namespace changeling {
namespace {

TEST(WilsonInterval, MatchesNewcombesWorkedExamples) {
  // Newcombe 1998, Statistics in Medicine 17, table I, method 3: 81/263 and 15/148.
  const Interval large = wilson_interval(81, 263);
  EXPECT_NEAR(large.low, 0.2553, 5e-5);
  EXPECT_NEAR(large.high, 0.3662, 5e-5);
  const Interval small = wilson_interval(15, 148);
  EXPECT_NEAR(small.low, 0.0624, 5e-5);
  EXPECT_NEAR(small.high, 0.1605, 5e-5);
}

TEST(WilsonInterval, StaysInsideZeroAndOneAtTheEnds) {
  const Interval none = wilson_interval(0, 20);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 0.1611, 5e-5);
  const Interval all = wilson_interval(20, 20);
  EXPECT_NEAR(all.low, 0.8389, 5e-5);
  EXPECT_EQ(all.high, 1);
}

TEST(WilsonInterval, RefusesNoTrials) {
  EXPECT_THROW((void)wilson_interval(0, 0), Error);
}

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> values = {1, 2, 3, 4};
  EXPECT_DOUBLE_EQ(quantile_of_sorted(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile_of_sorted(values, 0.05), 1.15);
  EXPECT_DOUBLE_EQ(quantile_of_sorted(values, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile_of_sorted(values, 1), 4);
  EXPECT_DOUBLE_EQ(quantile_of_sorted({7}, 0.95), 7);
}

TEST(Quantile, RefusesNoValues) {
  EXPECT_THROW((void)quantile_of_sorted({}, 0.5), Error);
}

TEST(Mean, DoesNotDependOnOrder) {
  EXPECT_EQ(mean({1e16, 1, -1e16, 3}), mean({3, -1e16, 1, 1e16}));
}

}  // namespace
}  // namespace changeling

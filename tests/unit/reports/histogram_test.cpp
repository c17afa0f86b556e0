#include "reports/model/histogram.h"

#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace changeling {
namespace {

TEST(Histogram, CountsEveryValueOnce) {
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) {
    values.push_back(i * 0.01);
  }
  const Histogram histogram = make_histogram(values);
  EXPECT_THAT(histogram.counts, testing::ElementsAre(10, 10, 10, 10, 10, 10, 10, 10, 10, 10));
  EXPECT_EQ(histogram.low, 0);
  EXPECT_EQ(histogram.high, 0.99);
}

TEST(Histogram, KeepsTheHighestValueInTheLastBin) {
  const Histogram histogram = make_histogram({0, 1, 2, 3, 4, 5});
  EXPECT_EQ(std::accumulate(histogram.counts.begin(), histogram.counts.end(), 0), 6);
  EXPECT_EQ(histogram.counts.size(), 5U);
  EXPECT_EQ(histogram.counts.back(), 2);
}

TEST(Histogram, GivesEqualValuesOneBinAroundThem) {
  const Histogram histogram = make_histogram({2, 2, 2});
  EXPECT_THAT(histogram.counts, testing::ElementsAre(3));
  EXPECT_LT(histogram.low, 2);
  EXPECT_GT(histogram.high, 2);
}

TEST(Histogram, IsEmptyWithoutValues) {
  EXPECT_TRUE(make_histogram({}).counts.empty());
  EXPECT_EQ(make_spread({}).max, 0);
}

TEST(Spread, InterpolatesQuantiles) {
  const Spread spread = make_spread({0, 1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(spread.p05, 0.2);
  EXPECT_DOUBLE_EQ(spread.p50, 2);
  EXPECT_DOUBLE_EQ(spread.p95, 3.8);
}

}  // namespace
}  // namespace changeling

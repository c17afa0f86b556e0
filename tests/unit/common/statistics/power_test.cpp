#include "common/statistics/power.h"

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/statistics/distributions.h"

namespace changeling {
namespace {

TEST(MinimumDetectableDifference, IsTwoPointEightStandardErrors) {
  EXPECT_NEAR(minimum_detectable_difference(1), 2.8016, 1e-4);
}

TEST(MinimumDetectableDifference, IsFoundFourTimesInFive) {
  CounterRng rng(5);
  const double truth = minimum_detectable_difference(1);
  int found = 0;
  for (int i = 0; i < 4000; ++i) {
    const double estimate = truth + normal_quantile(std::max(rng.uniform(), 1e-12));
    found += std::abs(estimate) > normal_quantile(0.975) ? 1 : 0;
  }
  EXPECT_NEAR(found / 4000.0, 0.8, 0.02);  // SD of the share is 0.006
}

TEST(ClustersToDetect, GrowWithTheSquareOfThePrecision) {
  EXPECT_EQ(clusters_to_detect(2.8016, 1, 50), 50);
  EXPECT_EQ(clusters_to_detect(1.4008, 1, 50), 200);
  EXPECT_THROW((void)clusters_to_detect(0, 1, 50), Error);
}

}  // namespace
}  // namespace changeling

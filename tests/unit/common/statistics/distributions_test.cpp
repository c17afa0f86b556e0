#include "common/statistics/distributions.h"

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

TEST(NormalQuantile, MatchesPublishedTable) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-12);
  EXPECT_NEAR(normal_quantile(0.001), -3.090232306167813, 1e-12);
}

TEST(NormalQuantile, RefusesZeroAndOne) {
  EXPECT_THROW((void)normal_quantile(0), Error);
  EXPECT_THROW((void)normal_quantile(1), Error);
}

TEST(StudentT, MatchesPublishedTable) {
  EXPECT_NEAR(student_t_quantile(0.975, 1), 12.706204736, 1e-8);
  EXPECT_NEAR(student_t_quantile(0.975, 9), 2.262157163, 1e-8);
  EXPECT_NEAR(student_t_quantile(0.95, 30), 1.697260887, 1e-8);
  EXPECT_NEAR(student_t_quantile(0.005, 49), -2.679951974, 1e-8);
}

TEST(StudentT, HasClosedFormsForOneAndTwoDegrees) {
  EXPECT_NEAR(student_t_distribution(1, 1), 0.75, 1e-14);  // 1/2 + atan(t)/pi
  EXPECT_NEAR(student_t_distribution(2, 2), 0.5 + 2 / (2 * std::sqrt(6.0)), 1e-14);
  EXPECT_NEAR(student_t_distribution(0, 7), 0.5, 1e-14);
}

TEST(StudentT, ApproachesTheNormalDistribution) {
  EXPECT_NEAR(student_t_distribution(1.5, 1e6), normal_distribution(1.5), 1e-6);
}

}  // namespace
}  // namespace changeling

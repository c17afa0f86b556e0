#include "common/statistics/power.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/statistics/cluster_bootstrap.h"
#include "common/statistics/distributions.h"

namespace changeling {
namespace {

TEST(MinimumDetectableDifference, IsTwoPointEightStandardErrorsOfManyPeopleAndMoreOfFew) {
  EXPECT_NEAR(minimum_detectable_difference(1, 100'000), 2.8016, 1e-3);
  // t of 0.975 and 0.8 with nine degrees of freedom, and the variance over n - 1.
  EXPECT_NEAR(minimum_detectable_difference(1, 10), (2.2622 + 0.8834) * std::sqrt(10.0 / 9), 1e-3);
  EXPECT_THROW((void)minimum_detectable_difference(1, 1), Error);
}

TEST(MinimumDetectableDifference, IsFoundFourTimesInFiveAlsoByFewPeople) {
  constexpr int kTrials = 500;
  for (const int people : {12, 40}) {
    // The bootstrap's standard error is that over n.
    const double error = std::sqrt((people - 1.0) / people / people);
    const double truth = minimum_detectable_difference(error, people);
    CounterRng rng(5);
    int found = 0;
    for (int i = 0; i < kTrials; ++i) {
      std::vector<ClusteredValue> values;
      for (int person = 0; person < people; ++person) {
        values.push_back({truth + normal_quantile(std::max(rng.uniform(), 1e-12)), person});
      }
      found +=
          bootstrap_mean(values, {"power", std::to_string(i), "all"}, {400, 0.95}).interval->low > 0
              ? 1
              : 0;
    }
    EXPECT_NEAR(found / static_cast<double>(kTrials), 0.8, 0.055) << people;  // SD 0.018
  }
}

TEST(ClustersToDetect, SeeTheDifferenceAndOneLessDoesNot) {
  for (const double difference : {0.5, 1.0, 3.0}) {
    const std::int64_t needed = clusters_to_detect(difference, 1, 50);
    // Spread of a person whose mean over 50 has the bootstrap's standard error 1, which is over n.
    const double spread = 50 / std::sqrt(49.0);
    const auto detectable = [spread](std::int64_t people) {
      const auto n = static_cast<double>(people);
      return minimum_detectable_difference(spread * std::sqrt(n - 1) / n, people);
    };
    EXPECT_LE(detectable(needed), difference);
    EXPECT_GT(detectable(needed - 1), difference);
  }
  EXPECT_NEAR(static_cast<double>(clusters_to_detect(0.01, 1, 50)),
              50 * 50 / 49.0 * 280.16 * 280.16, 1e3);
  // At the smallest detectable difference of the pilot, its own people are as many as needed.
  EXPECT_EQ(clusters_to_detect(minimum_detectable_difference(1, 20) + 1e-9, 1, 20), 20);
  EXPECT_THROW((void)clusters_to_detect(0, 1, 50), Error);
  EXPECT_THROW((void)clusters_to_detect(1, 1, 1), Error);
}

}  // namespace
}  // namespace changeling

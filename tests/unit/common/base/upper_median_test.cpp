#include "common/base/upper_median.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

TEST(UpperMedian, IsTheMiddleOrTheUpperOfTwo) {
  EXPECT_EQ(upper_median(std::vector<int>{5, 1, 3}), 3);
  EXPECT_EQ(upper_median(std::vector<int>{7, 1, 5, 3}), 5);
}

TEST(UpperMedian, OfNothingIsTheFallback) {
  EXPECT_EQ(upper_median(std::vector<double>()), 0);
  EXPECT_EQ(upper_median(std::vector<double>(), 1.5), 1.5);
}

}  // namespace
}  // namespace changeling

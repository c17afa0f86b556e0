#include "generator/train/time_left.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

TEST(TimeLeft, GoesByTheSpeedOfThisCallWithoutItsFirstStep) {
  TimeLeft left(100, 0);
  left.begin(40);
  EXPECT_FALSE(left.seconds());
  left.step(41, 30);  // kernels were tried out
  EXPECT_FALSE(left.seconds());
  left.step(42, 32);
  left.step(43, 34);
  EXPECT_DOUBLE_EQ(left.seconds().value(), 2 * 57);
}

TEST(TimeLeft, TellsTheBaseStageApartFromTheSlowerSteps) {
  TimeLeft left(10, 4);
  left.begin(0);
  left.step(1, 1);
  left.step(2, 2);
  EXPECT_TRUE(left.is_base());
  EXPECT_DOUBLE_EQ(left.seconds().value(), 2);
  left.step(3, 3);
  left.step(4, 4);
  EXPECT_FALSE(left.is_base());
  EXPECT_FALSE(left.seconds()) << "no step of the second stage is known yet";
  left.step(5, 10);
  left.step(6, 15);
  EXPECT_DOUBLE_EQ(left.seconds().value(), 5 * 4);
}

TEST(TimeLeft, IsNothingAtTheEnd) {
  TimeLeft left(2, 1);
  left.begin(0);
  left.step(1, 1);
  left.step(2, 2);
  EXPECT_EQ(left.seconds(), 0);
}

}  // namespace
}  // namespace changeling

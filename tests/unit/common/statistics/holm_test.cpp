#include "common/statistics/holm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace changeling {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Holm, MatchesAWorkedExample) {
  // Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1; the last one may not fall below the third.
  EXPECT_THAT(holm_adjust({0.01, 0.04, 0.03, 0.005}),
              ElementsAre(DoubleNear(0.03, 1e-12), DoubleNear(0.06, 1e-12), DoubleNear(0.06, 1e-12),
                          DoubleNear(0.02, 1e-12)));
}

TEST(Holm, LeavesOneTestAloneAndStopsAtOne) {
  EXPECT_THAT(holm_adjust({0.2}), ElementsAre(0.2));
  EXPECT_THAT(holm_adjust({0.9, 0.8}), ElementsAre(1, 1));
  EXPECT_THAT(holm_adjust({}), IsEmpty());
}

}  // namespace
}  // namespace changeling

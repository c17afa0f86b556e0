#include "common/base/even_spread.h"

#include <gmock/gmock.h>

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(EvenSpread, TakesTheMiddlesOfEqualStretches) {
  EXPECT_THAT(even_spread(3, 8), ElementsAre(0, 1, 2));
  EXPECT_THAT(even_spread(12, 3), ElementsAre(2, 6, 10));
  EXPECT_THAT(even_spread(0, 3), IsEmpty());
}

TEST(EvenSpread, TakesNothingOfNothingAndNothingWhenNothingIsWanted) {
  EXPECT_THAT(even_spread(-4, 3), IsEmpty());
  EXPECT_THAT(even_spread(5, 0), IsEmpty());
  EXPECT_THAT(even_spread(5, -1), IsEmpty());
}

}  // namespace
}  // namespace changeling

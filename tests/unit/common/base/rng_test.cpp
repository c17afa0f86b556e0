#include "common/base/rng.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

TEST(CounterRng,
     MatchesSplitMix64) {  // first outputs for seed 0, reference implementation by S. Vigna
  CounterRng rng(0);
  EXPECT_EQ(rng.next(), 0xE220A8397B1DCDAFULL);
  EXPECT_EQ(rng.next(), 0x6E789E6AA1B965F4ULL);
}

TEST(CounterRng, BelowStaysInRangeAndReachesEveryValue) {
  CounterRng rng(42);
  std::vector<int> seen(5);
  for (int i = 0; i < 200; ++i) {
    ++seen.at(rng.below(5));
  }
  for (const int count : seen) {
    EXPECT_GT(count, 0);
  }
}

TEST(DeriveSeed, DependsOnEveryField) {
  EXPECT_NE(derive_seed(1, {"a", "b"}), derive_seed(1, {"a", "c"}));
  EXPECT_NE(derive_seed(1, {"ab"}), derive_seed(1, {"a", "b"}));
  EXPECT_NE(derive_seed(1, {"a"}), derive_seed(2, {"a"}));
}

TEST(DrawBelow, GivesTheDrawsOfTheGenerator) {
  const std::uint64_t half = std::uint64_t{1} << 63;  // draws above are thrown away
  for (const std::uint64_t bound : {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{4097},
                                    half - 1, half, half + 1, UINT64_MAX - 1, UINT64_MAX}) {
    CounterRng rng(7);
    DrawBelow draw(7, bound);
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(draw(), rng.below(bound)) << bound;
    }
  }
  EXPECT_THROW(DrawBelow(7, 0), Error);
}

}  // namespace
}  // namespace changeling

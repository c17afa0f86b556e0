// Every reader of bytes from outside on its seeds, and on damaged ones.
#include <set>

#include <gtest/gtest.h>

#include "tests/fuzz/hostile_reader.h"
#include "tests/support/damaged.h"

namespace changeling {

/// GoogleTest names a failing reader by this.
static void PrintTo(const HostileReader& reader, std::ostream* out) {
  *out << reader.name;
}

namespace {

class HostileReaders : public testing::TestWithParam<HostileReader> {};

TEST_P(HostileReaders, AcceptTheirSeeds) {
  for (const std::string& seed : GetParam().seeds) {
    EXPECT_NO_THROW(GetParam().read(seed)) << seed;
  }
}

TEST_P(HostileReaders, RefuseDamagedBytesWithATypedError) {
  CounterRng rng(11);
  for (const std::string& seed : GetParam().seeds) {
    for (int round = 0; round < 300; ++round) {
      const std::string bytes = damaged(seed, rng);
      ASSERT_EQ(violation(GetParam(), bytes), std::nullopt) << round << ": " << bytes;
    }
  }
}

TEST_P(HostileReaders, RefuseOrAcceptNothingAtAll) {
  EXPECT_EQ(violation(GetParam(), ""), std::nullopt);
}

/// Deep values in the place of any other overflow the stack of a reader that recurses.
TEST_P(HostileReaders, SurviveDeepNesting) {
  constexpr std::size_t kDepth = 200'000;
  const std::string deep = std::string(kDepth, '[') + std::string(kDepth, ']');
  EXPECT_EQ(violation(GetParam(), deep), std::nullopt);
  for (const std::string& seed : GetParam().seeds) {
    for (std::size_t at = seed.find("\":"); at != std::string::npos;
         at = seed.find("\":", at + 1)) {
      std::string bytes = seed;
      bytes.insert(at + 2, deep + ",\"x\":");
      EXPECT_EQ(violation(GetParam(), bytes), std::nullopt) << at;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, HostileReaders, testing::ValuesIn(hostile_readers()),
                         [](const auto& each) { return each.param.name; });

TEST(HostileReaderList, NamesAreUnique) {
  std::set<std::string> names;
  for (const HostileReader& reader : hostile_readers()) {
    EXPECT_TRUE(names.insert(reader.name).second) << reader.name;
    EXPECT_FALSE(reader.seeds.empty()) << reader.name;
  }
}

}  // namespace
}  // namespace changeling

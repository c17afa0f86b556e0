#include "generator/job/lanes.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

TEST(OrderedLane, RunsItemsInOrder) {
  std::vector<int> seen;
  OrderedLane lane(4);
  for (int i = 0; i < 100; ++i) {
    lane.push([&seen, i] { seen.push_back(i); });
  }
  lane.finish();
  ASSERT_EQ(seen.size(), 100U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
  }
}

TEST(OrderedLane, NeverHoldsMoreThanItsCapacity) {
  std::atomic<int> waiting{0};
  int most = 0;
  OrderedLane lane(3);
  for (int i = 0; i < 40; ++i) {
    ++waiting;
    lane.push([&waiting] {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      --waiting;
    });
    most = std::max(most, waiting.load());
  }
  lane.finish();
  EXPECT_LE(most, 3 + 2);  // the queue, the item being run, and the one just pushed
}

TEST(OrderedLane, RethrowsTheFirstErrorAndRunsNothingBehindIt) {
  int later = 0;
  OrderedLane lane(8);
  lane.push([] { throw Error(ErrorKind::kResource, "disk full"); });
  EXPECT_THROW(
      {
        for (int i = 0; i < 1000; ++i) {
          lane.push([&later] { ++later; });
        }
        lane.finish();
      },
      Error);
  EXPECT_EQ(later, 0);
}

TEST(OrderedLane, DestructionWithoutFinishDropsWhatWaits) {
  std::atomic<int> run{0};
  {
    OrderedLane lane(64);
    for (int i = 0; i < 50; ++i) {
      lane.push([&run] {
        ++run;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      });
    }
  }
  EXPECT_LT(run.load(), 50);
}

}  // namespace
}  // namespace changeling

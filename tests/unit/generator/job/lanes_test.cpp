#include "generator/job/lanes.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

TEST(DecodeLane, GivesTheFramesOfTheReader) {
  const TempDir folder;
  write_clip(folder / "clip.mp4", {});
  DecodeLane lane(folder / "clip.mp4", 10, 4, 4);
  EXPECT_EQ(lane.info().width_px, ClipSpec().width_px);
  VideoReader reader(folder / "clip.mp4");
  std::int64_t frames = 0;
  while (const std::optional<FrameBatch> batch = lane.next()) {
    EXPECT_EQ(batch->first_index, frames);
    for (const Frame& frame : batch->frames) {
      EXPECT_TRUE(frame == reader.frame_at(frames++).value());
    }
  }
  EXPECT_EQ(frames, 10);
  EXPECT_EQ(lane.timing().frames, 10);
  EXPECT_FALSE(lane.next().has_value());
}

TEST(DecodeLane, MayBeLeftWhileItsThreadWaitsForRoom) {
  const TempDir folder;
  write_clip(folder / "clip.mp4", {});
  DecodeLane lane(folder / "clip.mp4", 0, 1, 1);
  EXPECT_TRUE(lane.next().has_value());
}

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

TEST(OrderedLane, RethrowsWhatIsNoStandardException) {
  OrderedLane lane(1);
  lane.push([] { throw 7; });
  EXPECT_THROW(lane.finish(), int);
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

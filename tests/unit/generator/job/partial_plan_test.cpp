#include "generator/job/partial_plan.h"

#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "common/clips/partial_draw.h"

namespace changeling {
namespace {

std::vector<std::int64_t> frames(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(count));
  std::iota(result.begin(), result.end(), first);
  return result;
}

std::int64_t length(const std::vector<FrameRange>& parts) {
  return std::accumulate(
      parts.begin(), parts.end(), std::int64_t{0},
      [](std::int64_t sum, const FrameRange& part) { return sum + part.last - part.first + 1; });
}

TEST(PartialSegments, TheShareIsTheShareOfClips) {
  const PartialSettings settings{0.3, 1, 1};
  int partial = 0;
  for (std::uint64_t key = 0; key < 1000; ++key) {
    partial +=
        partial_segments(settings, frames(0, 200), {25, 1}, CounterRng(key * 7919)).empty() ? 0 : 1;
  }
  EXPECT_NEAR(partial, 300, 45);
  EXPECT_TRUE(partial_segments({0, 1, 1}, frames(0, 200), {25, 1}, CounterRng(1)).empty());
}

TEST(PartialSegments, AreThoseOfTheClipsThatTheDrawSays) {
  for (std::uint64_t key = 0; key < 200; ++key) {
    for (const std::int64_t n_frames : {3, 4, 40}) {
      CounterRng draws(key);
      EXPECT_EQ(
          draws_parts(0.5, 2, n_frames, draws),
          !partial_segments({0.5, 1, 2}, frames(7, n_frames), {25, 1}, CounterRng(key)).empty());
    }
  }
}

TEST(PartialSegments, AreAsLongAsAskedForInsideTheFacesTime) {
  std::set<std::int64_t> starts;
  for (std::uint64_t key = 0; key < 200; ++key) {
    const auto parts =
        partial_segments({1, 0.5, 2}, frames(30, 240), {30000, 1001}, CounterRng(key));
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(length(parts), 30);
    EXPECT_GE(parts[0].first, 30);
    EXPECT_LT(parts[0].last, parts[1].first);
    EXPECT_LE(parts[1].last, 269);
    starts.insert(parts[0].first);
  }
  EXPECT_GT(starts.size(), 50U);
}

TEST(PartialSegments, TakeHalfOfTheTimeAtMost) {
  EXPECT_EQ(length(partial_segments({1, 60, 1}, frames(0, 20), {25, 1}, CounterRng(4))), 10);
  EXPECT_EQ(length(partial_segments({1, 60, 3}, frames(0, 20), {25, 1}, CounterRng(4))), 9);
  EXPECT_TRUE(partial_segments({1, 1, 1}, frames(0, 1), {25, 1}, CounterRng(4)).empty());
  EXPECT_TRUE(partial_segments({1, 1, 1}, {}, {25, 1}, CounterRng(4)).empty());
}

TEST(PartialSegments, HoldAFaceWhereTheTrackHasAGap) {
  std::vector<std::int64_t> gappy = frames(0, 5);
  for (const std::int64_t frame : frames(60, 5)) {
    gappy.push_back(frame);
  }
  for (std::uint64_t key = 0; key < 200; ++key) {
    const auto parts = partial_segments({1, 0.2, 1}, gappy, {25, 1}, CounterRng(key));
    ASSERT_EQ(parts.size(), 1U);
    int faces = 0;
    for (const std::int64_t frame : gappy) {
      faces += is_in_parts(parts, frame) ? 1 : 0;
    }
    EXPECT_GT(faces, 0) << key;
    EXPECT_GE(parts[0].first, 0);
  }
}

TEST(PartialSegments, NoPartsMeanTheWholeClip) {
  EXPECT_TRUE(is_in_parts({}, 7));
  EXPECT_TRUE(is_in_parts({{3, 5}, {9, 9}}, 9));
  EXPECT_FALSE(is_in_parts({{3, 5}, {9, 9}}, 6));
}

}  // namespace
}  // namespace changeling

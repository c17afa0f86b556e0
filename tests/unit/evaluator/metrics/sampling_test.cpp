#include "evaluator/metrics/sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SampleFrames, EvenTakesTheMiddlesOfEqualParts) {
  EXPECT_THAT(sample_frames("even10", 100), ElementsAre(5, 15, 25, 35, 45, 55, 65, 75, 85, 95));
  EXPECT_THAT(sample_frames("even4", 10), ElementsAre(1, 3, 6, 8));
  EXPECT_THAT(sample_frames("even1", 7), ElementsAre(3));
}

TEST(SampleFrames, ShortClipsGiveEveryFrameOnce) {
  EXPECT_THAT(sample_frames("even10", 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(sample_frames("all", 4), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(sample_frames("even10", 0), IsEmpty());
  EXPECT_THAT(sample_frames("every2", 1), ElementsAre(0));
  EXPECT_THAT(sample_frames("every2", 0), IsEmpty());
}

TEST(SampleFrames, EverySecondBeginsWithTheFirst) {
  EXPECT_THAT(sample_frames("every2", 6), ElementsAre(0, 2, 4));
  EXPECT_THAT(sample_frames("every2", 7), ElementsAre(0, 2, 4, 6));
}

TEST(SampleFrames, NoneNeedsNoPictures) {
  EXPECT_THAT(sample_frames("none", 10), IsEmpty());
}

TEST(SampleFrames, IsExactForLongClips) {
  const std::vector<std::int64_t> frames = sample_frames("even30", 6902);
  EXPECT_EQ(frames.size(), 30U);
  EXPECT_EQ(frames.front(), 115);
  EXPECT_EQ(frames.back(), 6786);
}

/// Whether a fake shows the face is asked on even30 alone (FrameSample::shows_face).
TEST(SampleFrames, TheTenAreAmongTheThirty) {
  for (const std::int64_t n : {3, 10, 29, 30, 31, 119, 120, 1001}) {
    EXPECT_THAT(sample_frames("even30", n), ::testing::IsSupersetOf(sample_frames("even10", n)))
        << n;
  }
}

TEST(SampleFrames, RefusesUnknownPolicies) {
  for (const char* policy :
       {"", "every3", "even", "even0", "even-3", "even3x", "first10", "steps", "steps0"}) {
    EXPECT_THROW((void)sample_frames(policy, 10), Error) << policy;
  }
}

TEST(SampleFrames, StepsStayAwayFromTheEnds) {
  EXPECT_THAT(sample_frames("steps30", 8), ElementsAre(3, 4, 5));  // 2-3, 3-4, 4-5
  EXPECT_THAT(sample_frames("steps2", 105), ElementsAre(28, 78));
  EXPECT_THAT(sample_frames("steps30", 5), IsEmpty());
  EXPECT_THAT(sample_frames("steps30", 0), IsEmpty());
  const std::vector<std::int64_t> frames = sample_frames("steps30", 6902);
  EXPECT_EQ(frames.size(), 30U);
  EXPECT_GE(frames.front() - 1, kStepMargin);
  EXPECT_LT(frames.back(), 6902 - kStepMargin);
  EXPECT_TRUE(is_step_sampling("steps30"));
  EXPECT_FALSE(is_step_sampling("even30"));
}

}  // namespace
}  // namespace changeling

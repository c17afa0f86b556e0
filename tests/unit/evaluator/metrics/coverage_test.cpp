#include <gtest/gtest.h>

#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {
namespace {

Sample coverage(std::int64_t swapped, std::int64_t faces) {
  ClipContext clip;
  clip.n_swapped_frames = swapped;
  clip.n_target_face_frames = faces;
  return make_coverage()->begin(clip)->finish().front();
}

TEST(Coverage, EveryFaceSwappedIsExactlyOne) {
  EXPECT_EQ(coverage(37, 37).value, 1);
}

TEST(Coverage, MatchesHandComputedValue) {
  EXPECT_EQ(coverage(30, 40).value, 0.75);
}

TEST(Coverage, FallsWithEveryLostFrame) {
  double last = 2;
  for (std::int64_t swapped = 50; swapped >= 0; swapped -= 10) {
    const double value = coverage(swapped, 50).value;
    EXPECT_LT(value, last);
    last = value;
  }
}

TEST(Coverage, CountsSwappedOverFacesAndNotTheReverse) {
  EXPECT_EQ(coverage(10, 20).value, 0.5);
  EXPECT_EQ(coverage(20, 10).status, SampleStatus::kNan);
}

TEST(Coverage, InvalidInputGivesAStatus) {
  EXPECT_EQ(coverage(0, 0).status, SampleStatus::kNoFace);
}

TEST(Coverage, IsOneClipLevelSample) {
  EXPECT_EQ(coverage(1, 2).frame, -1);
}

TEST(Coverage, VersionOneIsLocked) {
  EXPECT_NEAR(coverage(113, 119).value, 0.949580, 1e-6);
  EXPECT_EQ(make_coverage()->info().version, 1);
}

}  // namespace
}  // namespace changeling

#include "evaluator/metrics/sample_tally.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

SampleTally tally(int ok, int no_face, int decode_error) {
  SampleTally result;
  for (int i = 0; i < ok + no_face + decode_error; ++i) {
    result.add(i < ok             ? SampleStatus::kOk
               : i < ok + no_face ? SampleStatus::kNoFace
                                  : SampleStatus::kDecodeError);
  }
  return result;
}

TEST(SampleTally, HalfOfTheSamplesIsEnough) {
  EXPECT_EQ(tally(2, 1, 1).status(), SampleStatus::kOk);
  EXPECT_EQ(tally(2, 2, 1).status(), SampleStatus::kNoFace);
  EXPECT_EQ(tally(2, 1, 2).status(), SampleStatus::kDecodeError);
  EXPECT_EQ(tally(2, 1, 1).n_ok(), 2);
  EXPECT_EQ(tally(2, 1, 1).n_asked(), 4);
}

TEST(SampleTally, NothingAskedIsSkipped) {
  EXPECT_EQ(tally(0, 0, 0).status(), SampleStatus::kSkipped);
}

}  // namespace
}  // namespace changeling

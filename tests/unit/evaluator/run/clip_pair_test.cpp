#include "evaluator/run/clip_pair.h"

#include <string>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/unit/evaluator/run/evaluation_fixture.h"

namespace changeling {
namespace {

class ClipPairsTest : public ::testing::Test {
 protected:
  ClipPair open_first() {
    ClipPairs pairs(run_.database(), run_.blobs(), run_.roots(), run_.run_id());
    return pairs.open(pairs.fakes().front());
  }

  static constexpr BBox kElsewhere = {0, 0, 4, 4};
  FinishedRun run_;
};

TEST_F(ClipPairsTest, TheFaceThatWasSwappedIsMeasuredWhateverTheCorpusTellsNow) {
  const FaceTrack before = open_first().target.track;
  run_.see_again(1, kElsewhere);
  EXPECT_EQ(serialize(open_first().target.track), serialize(before));
}

TEST_F(ClipPairsTest, TheFacesThatWereUsedAreMeasuredAfterAnotherAnalysis) {
  const ClipPair before = open_first();
  for (const int person : {0, 1, 2}) {
    run_.analyse_again(person);
  }
  run_.lose_analyses();
  const ClipPair after = open_first();
  EXPECT_EQ(serialize(after.target.track), serialize(before.target.track));
  EXPECT_EQ(serialize(after.source.track), serialize(before.source.track));
}

TEST(ClipPairsOfEarlierPrograms, ASourceThatCannotBeToldAnyMoreIsNamed) {
  FinishedRun run({"mesh_swap"}, false);
  run.see_again(0, {0, 0, 4, 4});
  ClipPairs pairs(run.database(), run.blobs(), run.roots(), run.run_id());
  try {
    (void)pairs.open(pairs.fakes().front());
    ADD_FAILURE() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    EXPECT_NE(std::string(error.what()).find("changed since the swap"), std::string::npos);
  }
}

}  // namespace
}  // namespace changeling
